/** Sizes of one run of the demo. */
export interface Plan {
  readonly trainRows: number;
  readonly testRows: number;
  readonly epochs: number;
  /** Sampled subnetworks for the test set and the rotated digits. */
  readonly samples: number;
  readonly rotatedDigits: number;
  readonly angleStep: number;
  readonly noiseImages: number;
  /** Inputs, gates, epochs of the small head. 2^gates subnetworks are enumerated. */
  readonly features: number;
  readonly gates: number;
  readonly headEpochs: number;
  /** Sampled subnetworks that are set beside the exact values. */
  readonly crossSamples: number;
  /** Digits whose logistic outputs are drawn as E − NWGM. */
  readonly gapDigits: number;
}

/** The whole of MNIST. */
const full: Plan = {
  trainRows: 60_000,
  testRows: 10_000,
  epochs: 8,
  samples: 100,
  rotatedDigits: 100,
  angleStep: 15,
  noiseImages: 100,
  features: 64,
  gates: 16,
  headEpochs: 3,
  crossSamples: 2_000,
  gapDigits: 20,
};

/** Every step of the demo in a few seconds; its numbers say little. */
const quick: Plan = {
  trainRows: 3_000,
  testRows: 500,
  epochs: 1,
  samples: 20,
  rotatedDigits: 10,
  angleStep: 45,
  noiseImages: 10,
  features: 16,
  gates: 8,
  headEpochs: 3,
  crossSamples: 500,
  gapDigits: 5,
};

export const usage = `usage: node examples/mnist/main.ts [--quick]
  --quick   few rows, one epoch: every step in seconds
  --help    this text`;

/**
 * What the command line asks for; `undefined` is a request for help.
 *
 * @throws TypeError on an unknown option or a positional argument.
 */
export function planFrom(args: readonly string[]): Plan | undefined {
  const unknown = args.find((arg) => arg !== "--quick" && arg !== "--help");
  if (unknown !== undefined) {
    throw new TypeError(`Cannot read the command line: ${unknown} is no option, wanted --quick or --help`);
  }
  if (args.includes("--help")) return undefined;
  return args.includes("--quick") ? quick : full;
}
