import type { InferenceSession, Tensor } from "onnxruntime-node";

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface Runtime {
  readonly name: string;
  readonly Tensor: typeof Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
}

/** A compiled model. */
export class Session {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;

  static async create(runtime: Runtime, model: Uint8Array): Promise<Session> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: "all" } as const;
    return new Session(runtime, await runtime.InferenceSession.create(model, options));
  }

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /** Runs the model on named float32 inputs. */
  async run(inputs: Readonly<Record<string, FloatInput>>): Promise<Record<string, Float32Array>> {
    const feeds = Object.entries(inputs).map(
      ([name, { data, shape }]) => [name, new this.#runtime.Tensor("float32", data, shape)] as const,
    );
    const results = await this.#session.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

export interface FloatInput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}
