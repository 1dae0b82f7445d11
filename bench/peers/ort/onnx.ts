import { block, type Field, integer, join, message, text } from "./protobuf.ts";

/** Of onnx.proto3: the numbers of the types that are used here. */
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INTS = 7;
const ATTRIBUTE_INT = 2;

/** Operators as ONNX 1.12 defines them: reductions take their axes as an attribute. */
const OPERATOR_SET = 17;
const IR_VERSION = 8;

/** A graph in the making; `add` returns the name of what an operator gives. */
export class OnnxGraph {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  #names = 0;

  /** Declares a float32 input. */
  input(name: string, shape: readonly number[]): string {
    this.#inputs.push(message(11, valueInfo(name, shape)));
    return name;
  }

  /** Declares a float32 output: the value `from` under another name. */
  output(name: string, from: string, shape: readonly number[]): void {
    this.#node("Identity", [from], name, []);
    this.#outputs.push(message(12, valueInfo(name, shape)));
  }

  /** Adds a float32 constant. */
  floats(data: Float32Array, shape: readonly number[]): string {
    return this.#constant(FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), shape);
  }

  /** Adds a constant list of integers, such as a shape. */
  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(INT64, new Uint8Array(data.buffer), [values.length]);
  }

  /** Adds an operator with one result; attributes are integers or lists of them. */
  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const name = this.#name();
    this.#node(operator, inputs, name, Object.entries(attributes).map(attribute));
    return name;
  }

  /** Returns the model as a file. */
  finish(): Field {
    const graph = [...this.#nodes, text(2, "bench"), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return join([
      integer(1, IR_VERSION),
      message(7, graph),
      message(8, [text(1, ""), integer(2, OPERATOR_SET)]),
    ]);
  }

  #node(operator: string, inputs: readonly string[], output: string, attributes: readonly Field[]): void {
    const names = [...inputs.map((name) => text(1, name)), text(2, output)];
    this.#nodes.push(message(1, [...names, text(4, operator), ...attributes]));
  }

  #constant(type: number, raw: Uint8Array, shape: readonly number[]): string {
    const name = this.#name();
    const sizes = shape.map((size) => integer(1, size));
    this.#constants.push(message(5, [...sizes, integer(2, type), text(8, name), block(9, raw)]));
    return name;
  }

  #name(): string {
    return `v${this.#names++}`;
  }
}

function attribute([name, value]: [string, number | readonly number[]]): Field {
  if (typeof value === "number")
    return message(5, [text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)]);
  const numbers = value.map((number) => integer(8, number));
  return message(5, [text(1, name), ...numbers, integer(20, ATTRIBUTE_INTS)]);
}

function valueInfo(name: string, shape: readonly number[]): Field[] {
  const sizes = shape.map((size) => message(1, [integer(1, size)]));
  const tensor = message(1, [integer(1, FLOAT), message(2, sizes)]);
  return [text(1, name), message(2, [tensor])];
}
