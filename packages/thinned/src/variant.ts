import { oneOf, onlyOptions } from "./argument.js";
import type { ArtefactName } from "./wasm/artefact.js";
import {
  baseInstance,
  type Instance,
  relaxedInstance,
  simd128Instance,
  wideInstance,
} from "./wasm/instance.js";
import { hasRelaxedSimd } from "./wasm/relaxedSupport.js";
import { NoWideVectors } from "./wasm/wideSupport.js";

/**
 * Which build of the module computes. `"simd128"` gives the same bits everywhere; `"relaxed"` is faster and does not
 * promise to; `"auto"` is the fastest that the host has and that `init()` did not switch off. `"wide"` is the fastest in
 * Node, and only there once `init({ variant: "wide" })` was awaited.
 */
export type Variant = "auto" | "simd128" | "relaxed" | "wide";

/** The build that ran, as results record it. */
export type VariantName = ArtefactName;

/** The options of {@link init}. */
export interface InitOptions {
  /** Default `"auto"`. */
  readonly variant?: Variant | undefined;
}

const variants = ["auto", "simd128", "relaxed", "wide"] as const;

/** What `init()` chose for everything that is not told otherwise. */
let chosen: "auto" | ArtefactName = "auto";

/** Whether the build of 256-bit vectors has passed its check; it can then be asked for by name. */
let hasWide = false;

/** The instance of new models, where it is not the portable one. */
let home: Instance | undefined;

/** What came of {@link init}. */
export interface InitResult {
  /** The build that `fit()` and `predictMC()` run on from now on. */
  readonly variant: VariantName;
  /** Why it is not the one that was asked for: `"wide"` gives way to the next fastest. */
  readonly fallback?: string;
}

/**
 * Loads a build of the module ahead of its first use, and makes it the default.
 *
 * It is optional: without it the module starts itself at the first model, `predict()` runs on simd128, `fit()` and
 * `predictMC()` on the fastest build that the host has. `"auto"` restores exactly that. A named variant holds for
 * `predict()` of models that are made afterwards, and wherever `variant` is `"auto"`. `exact()` and `crossCheck()` always run on
 * simd128.
 *
 * `"wide"` has V8, the engine of Node, join neighbouring vectors into 256-bit ones. It sets a flag of V8 that is called
 * experimental, for the whole process, so it is never chosen by itself. Every kernel is then checked against known answers; where
 * V8 has no such flag, or an answer is wrong, the next fastest build takes its place and the result says why.
 *
 * @throws RangeError when the host cannot run the variant `"relaxed"`
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, dropout, init, sequential } from "thinned";
 *
 * const { variant } = await init({ variant: "simd128" });
 * const model = sequential([dropout(0.5), dense(1)], { inputShape: [2], seed: 1 });
 * const { info } = await model.predictMC([[1, 2]], { samples: 10 });
 * assert.equal(info.variant, variant);
 * await init({ variant: "auto" });
 * ```
 */
export async function init(options: InitOptions = {}): Promise<InitResult> {
  const action = "initialise";
  onlyOptions(action, options, ["variant"]);
  const { variant = "auto" } = options;
  if (variant === "wide") return initWide();
  return choose(checkVariant(action, variant));
}

async function choose(variant: "auto" | ArtefactName): Promise<InitResult> {
  const isNamed = variant === "relaxed" || variant === "wide";
  const instance = variant === "auto" ? await fastest() : await instanceOf(variant);
  home = isNamed ? instance : undefined;
  chosen = variant;
  return { variant: instance.name };
}

/** Makes the build of 256-bit vectors the default, or the next fastest where the host cannot have it. */
async function initWide(): Promise<InitResult> {
  try {
    await wideInstance();
    hasWide = true;
  } catch (error) {
    if (!(error instanceof NoWideVectors)) throw error;
    const next = hasRelaxedSimd() ? "relaxed" : "simd128";
    return { ...(await choose(next)), fallback: `variant "wide" cannot run here: ${error.message}` };
  }
  return choose("wide");
}

/** Returns the instance in which a new model keeps its weights: never a dead one, where there is another. */
export function homeInstance(): Instance {
  return home === undefined || home.dead ? baseInstance() : home;
}

/** Returns the checked variant; default `"auto"`. */
export function checkVariant(action: string, variant: unknown = "auto"): "auto" | ArtefactName {
  const checked = oneOf(action, "variant", variant, variants);
  if (checked === "wide" && !hasWide) {
    throw new RangeError(
      `Cannot ${action}: variant "wide" is not initialised; await init({ variant: "wide" }) before, and look at the variant that it returns`,
    );
  }
  if (checked === "relaxed" && !hasRelaxedSimd()) {
    throw new RangeError(
      `Cannot ${action}: variant "relaxed" needs relaxed SIMD, which this host does not have; "auto" or "simd128" is wanted`,
    );
  }
  return checked;
}

/** Returns the instance that runs a checked variant. */
export async function instanceOf(variant: "auto" | ArtefactName): Promise<Instance> {
  switch (variant) {
    case "auto":
      return instanceOfChoice();
    case "relaxed":
      return relaxedInstance();
    case "wide":
      return wideInstance();
    case "simd128":
      return simd128Instance();
  }
}

async function instanceOfChoice(): Promise<Instance> {
  if (chosen === "simd128") return simd128Instance();
  const wide = chosen === "wide" ? await wideInstance() : undefined;
  return wide === undefined || wide.dead ? fastest() : wide;
}

/** Returns the fastest instance that needs no flag: the relaxed one where it can be had; results say what ran. */
async function fastest(): Promise<Instance> {
  if (!hasRelaxedSimd()) return simd128Instance();
  // A deployment may leave out the chunk of the relaxed build, and a trap may have ended its instance.
  const relaxed = await relaxedInstance().catch(() => undefined);
  return relaxed === undefined || relaxed.dead ? simd128Instance() : relaxed;
}
