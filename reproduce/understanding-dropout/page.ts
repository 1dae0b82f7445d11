import type { History } from "thinned";
import { count, percent } from "../../examples/mnist/table.ts";
import { ACTIVE, typicalLayer } from "./activeUnits.ts";
import type { Claim } from "./claim.ts";
import { claimsOf } from "./claims.ts";
import type { Results } from "./figures.ts";
import { average, type LayerNumbers, numbersOf, type Sparsity, sparsityOf } from "./layerNumbers.ts";
import { hiddenNames } from "./network.ts";
import type { LayerStatistics } from "./statistics.ts";

/** What the page says, as numbers; kept as the record of the run. */
export interface Findings {
  readonly layers: readonly LayerNumbers[];
  readonly sparsity: readonly Sparsity[];
  readonly claims: readonly Claim[];
  /** Mean standard errors of E of the second layer: as drawn, without its correction, and of plain samples. */
  readonly integrated: {
    readonly masks: number;
    readonly error: number;
    readonly uncorrectedError: number;
    readonly plainError: number;
  };
}

/** Returns the numbers of the page. */
export function findingsOf({ config, statistics, course, activities, isTrained }: Results): Findings {
  const { sampled, exactFirst, integratedSecond, exactSecond } = statistics;
  const names = hiddenNames(config);
  const [first = "", second = ""] = names;
  const exact = numbersOf(
    `${first}, all ${count(exactFirst.subnetworks).length > 30 ? "2^784" : count(exactFirst.subnetworks)} subnetworks`,
    exactFirst,
  );
  const layers = names.map((name) => numbersOf(`${name}, sampled`, sampled[name] as LayerStatistics));
  const sparsity = names.map((name) => sparsityOf(name, activities[name]?.data ?? []));
  return {
    layers: [
      exact,
      ...layers,
      numbersOf(`${second}, first layer integrated`, integratedSecond),
      numbersOf(`${second}, no input gates, all subnetworks`, exactSecond),
    ],
    sparsity,
    claims: claimsOf({
      isTrained,
      layers,
      exactFirst: exact,
      course,
      names,
      sparsity,
      mirrored: statistics.mirrored,
    }),
    integrated: {
      masks: config.integrated,
      error: average(integratedSecond.meanError),
      uncorrectedError: average(integratedSecond.uncorrectedError),
      plainError: average(integratedSecond.plainError),
    },
  };
}

/** How the network was trained and the numbers made, for the page. */
export interface Circumstances {
  readonly command: string;
  readonly history: History | undefined;
  readonly trainingSeconds: number;
  readonly figureFiles: readonly string[];
}

/** Returns the page of results as Markdown. */
export function pageOf(results: Results, findings: Findings, circumstances: Circumstances): string {
  const { config, statistics, state } = results;
  const { command, history, trainingSeconds, figureFiles } = circumstances;
  const accuracy = history?.history.valAccuracy?.at(-1);
  return `# Understanding dropout: what the subnetworks do

Baldi and Sadowski, *Understanding Dropout* (NIPS 2013), section 6: 784-${config.hidden.join("-")}-10 with logistic hidden units and a softmax
output, keep probability 0.8 for the input and 0.5 for hidden units, on MNIST. Command: \`${command}\`, seed ${config.seed}.

State of training: ${state}, ${trainingSeconds.toFixed(0)} s${accuracy === undefined ? "" : `, ${percent(accuracy)} of the test digits right (weight-scaled network)`}.
The statistics of one test digit took ${statistics.seconds.toFixed(1)} s: ${count(config.samples)} sampled subnetworks of all ${count(config.hidden.reduce((sum, units) => sum + units, 0))} hidden units, all subnetworks of the first layer by
its characteristic function, and the second layer with ${config.integrated} masks of the input and the first layer's gates integrated.

Tuned, beside the recipe of Hinton et al. (2012): Adam at ${config.learningRate} times ${config.decay} to the power of the epoch in place of gradient descent with momentum, which
leaves four logistic layers with small first weights on the plateau where every output is the mean of the targets. First weights are
Glorot's, batches are of ${config.batchSize}, and the squared length of the incoming weights of a unit is at most ${(config.maxNorm ** 2).toFixed(0)}.

## Claims of section 6

Each verdict is of one network and one test digit. A claim is confirmed when what is measured is within the limit beside it, else not.
A unit is active when its E for the digit is above ${ACTIVE} after training.

| claim | confirmed when | measured | |
|---|---|---|---|
${findings.claims.map(claimRow).join("\n")}

A logistic unit has the activity 1 − O when its incoming weights and its bias are negated; the layer above has its mean inputs again when
its weights are negated and its biases take their sum. So the claim on sparse activity is judged by two networks that differ in it alone.

Phase 1 of the three is that of small first weights, with which units are nearly consistent. Glorot's are wider: what is measured before
training is not what the paper has there, and the least deviation may come later.

## Numbers by layer

| layer | mean \\|E − NWGM\\| | max | mean \\|E − O*\\| | max | from eq. 20 | from small V | within \\|V(1−2E)\\|/(1−2V) | within eq. 22 | within 2E(1−E)\\|1−2E\\| |
|---|---|---|---|---|---|---|---|---|---|
${findings.layers.map(row).join("\n")}

"From eq. 20": mean distance of E − NWGM from V(1−2E)/(1−2V). "From small V": from V(1−2E)/(2E(1−E)), to which E − NWGM tends for consistent units,
by the expansion of σ about the mean input: eq. 20 expands about ½, and is half of it there. "Within": shares of units, with no leave for the error of sampling;
eq. 22 with E(1 − E) for V throughout, and its last and widest bound.

| layer | activities below 0.1 | above 0.9 |
|---|---|---|
${findings.sparsity.map(({ name, silent, active }) => `| ${name} | ${percent(silent, 1)} | ${percent(active, 1)} |`).join("\n")}

The second layer with ${findings.integrated.masks} masks of the input: mean standard error of E ${short(findings.integrated.plainError)} by plain sampling, ${short(findings.integrated.uncorrectedError)} with the first layer's gates
integrated, and ${short(findings.integrated.error)} when E is also corrected by what the same masks miss of the mean input of a unit, which is known exactly: the noise
that a mask gives to both is gone. That is what figure 1 draws, with NWGM from the known mean inputs.

## Figures

${figures2(results)}

${figureFiles.map((file) => `![${file}](${file})`).join("\n\n")}
`;
}

/** What figures 2a and 2b are of. */
function figures2({ config, course }: Results): string {
  const within = course.epochs.filter((epoch) => epoch > 0 && epoch < 1).length;
  const looks =
    within > 0
      ? `The network is looked at before training, ${within} times within the first epoch, where Glorot's first weights soon grow, and after each epoch.`
      : "The network is looked at before training and after each epoch: with Glorot's first weights phases 1 and 2 fall within the first epoch, and of them only the ends are seen.";
  return `Figure 2a: the middle one of the active units of ${typicalLayer(hiddenNames(config))}, and of the others. Figure 2b: the active units of each layer. ${looks}`;
}

function claimRow({ claim, limit, measured, verdict, reason }: Claim): string {
  const cells = [claim, limit, measured].map((text) => text.replaceAll("|", "\\|"));
  const end = {
    confirmed: verdict,
    "not confirmed": `**${verdict}**`,
    "no verdict": `${reason}: ${verdict}`,
  };
  return `| ${[...cells, end[verdict]].join(" | ")} |`;
}

function row({ name, gap, offset, distance, bounds }: LayerNumbers): string {
  const shares = [bounds.fromVariance, bounds.fromMean, bounds.loose].map((share) => percent(share, 1));
  const means = [gap.mean, gap.max, offset.mean, offset.max, distance.secondOrder, distance.smallVariance];
  return `| ${[name, ...means.map(short), ...shares].join(" | ")} |`;
}

function short(value: number): string {
  return value.toPrecision(2);
}
