import { oneOf, onlyOptions } from "./argument.js";
import type { ArtefactName } from "./wasm/artefact.js";
import { type Instance, relaxedInstance, simd128Instance } from "./wasm/instance.js";
import { hasRelaxedSimd } from "./wasm/relaxedSupport.js";

/**
 * Which build of the module computes. `"simd128"` gives the same bits everywhere; `"relaxed"` is faster and does not
 * promise to; `"auto"` is the fastest that the host has and that `init()` did not switch off. `"wide"` is not in this
 * version.
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

/**
 * Loads a build of the module ahead of its first use, and makes it the default.
 *
 * It is optional: without it the module starts itself at the first model, `predict()` runs on simd128, `fit()` and
 * `predictMC()` on the fastest build that the host has. `"auto"` restores exactly that. A named variant holds for
 * `predict()` of models that are made afterwards, and wherever `variant` is `"auto"`. `exact()` and `crossCheck()` always run on
 * simd128.
 *
 * @throws RangeError when the host cannot run the variant
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, dropout, init, sequential } from "thinned";
 *
 * await init({ variant: "simd128" });
 * const model = sequential([dropout(0.5), dense(1)], { inputShape: [2], seed: 1 });
 * const { info } = await model.predictMC([[1, 2]], { samples: 10 });
 * assert.equal(info.variant, "simd128");
 * await init({ variant: "auto" });
 * ```
 */
export async function init(options: InitOptions = {}): Promise<void> {
  const action = "initialise";
  onlyOptions(action, options, ["variant"]);
  const variant = checkVariant(action, options.variant);
  simd128Instance();
  if (variant === "auto") await fastest();
  if (variant === "relaxed") {
    home = await relaxedInstance();
  } else {
    home = undefined;
  }
  chosen = variant;
}

/** The instance of new models, where it is not the portable one. */
let home: Instance | undefined;

/** Returns the instance in which a new model keeps its weights: never a dead one, where there is another. */
export function homeInstance(): Instance {
  return home === undefined || home.dead ? simd128Instance() : home;
}

/** Returns the checked variant; default `"auto"`. */
export function checkVariant(action: string, variant: unknown = "auto"): "auto" | ArtefactName {
  const checked = oneOf(action, "variant", variant, variants);
  if (checked === "wide") {
    throw new RangeError(
      `Cannot ${action}: variant "wide" is not in this version; "auto", "simd128" or "relaxed" is wanted`,
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
  if (variant === "auto") return chosen === "simd128" ? simd128Instance() : fastest();
  return variant === "relaxed" ? relaxedInstance() : simd128Instance();
}

/** Returns the relaxed instance where it can be had, and the portable one otherwise; results say what ran. */
async function fastest(): Promise<Instance> {
  if (!hasRelaxedSimd()) return simd128Instance();
  // A deployment may leave out the chunk of the relaxed build, and a trap may have ended its instance.
  const relaxed = await relaxedInstance().catch(() => undefined);
  return relaxed === undefined || relaxed.dead ? simd128Instance() : relaxed;
}
