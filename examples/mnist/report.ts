import { columnMeans, type RotationStudy } from "./rotation.ts";
import { percent, table } from "./table.ts";

/** Accuracy and mean negative log-likelihood of one way to predict. */
export interface Score {
  readonly accuracy: number;
  readonly loss: number;
}

/** The two ways to predict, on the test rows. */
export function scoreTable(weightScaled: Score, sampled: Score, samples: number): string {
  const row = (name: string, { accuracy, loss }: Score) => [name, percent(accuracy), loss.toFixed(4)];
  return table(
    ["prediction", "accuracy", "NLL (nats)"],
    [row("weight-scaled, one pass", weightScaled), row(`mean of ${samples} subnetworks`, sampled)],
  );
}

/** Means over the digits at each angle, and over the noise images. */
export function rotationTable({
  angles,
  accuracy,
  predictiveEntropy,
  mutualInformation,
  noise,
}: RotationStudy): string {
  const entropies = columnMeans(predictiveEntropy);
  const information = columnMeans(mutualInformation);
  const nats = (value: number | undefined) => value?.toFixed(3) ?? "";
  const rows = angles.map((angle, at) => {
    return [
      `${angle}°`.padStart(5),
      percent(accuracy[at] ?? 0, 0),
      nats(entropies[at]),
      nats(information[at]),
    ];
  });
  rows.push(["noise", "", nats(noise.predictiveEntropy), nats(noise.mutualInformation)]);
  return table(["rotation", "accuracy", "predictive entropy", "mutual information"], rows);
}
