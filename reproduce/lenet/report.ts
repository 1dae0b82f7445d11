import { percent, table } from "../../examples/mnist/table.ts";
import { type Calibration, type PredictionName, predictions } from "./calibration.ts";
import type { Detection } from "./detection.ts";

/** What a run came to. */
export interface Found {
  readonly temperature: number;
  readonly calibration: Readonly<Record<string, Readonly<Record<PredictionName, Calibration>>>>;
  readonly detection: readonly Detection[];
}

/** Both tables. */
export function reportOf(found: Found): string {
  return `${scoreTable(found)}\n\n${detectionTable(found)}`;
}

/** Error, NLL, Brier score and calibration error of every prediction on every test set. */
function scoreTable({ calibration, temperature }: Found): string {
  const rows = Object.entries(calibration).flatMap(([name, byPrediction]) =>
    predictions.map((prediction) => {
      const { error, negativeLogLikelihood, brier, expectedCalibrationError } = byPrediction[prediction];
      const { equalWidth, equalMass } = expectedCalibrationError;
      const four = [negativeLogLikelihood, brier, equalWidth, equalMass].map((value) => value.toFixed(4));
      return [`${name}, ${prediction}`, percent(error), ...four];
    }),
  );
  const header = ["test digits, prediction", "error", "NLL (nats)", "Brier", "ECE, width", "ECE, mass"];
  return `Calibration, temperature ${temperature.toFixed(3)}\n${table(header, rows)}`;
}

/** Areas under the ROC curve. */
function detectionTable({ detection }: Found): string {
  const rows = detection.map(({ uncertainty, errors, noDigits }) => [
    uncertainty,
    errors.toFixed(4),
    noDigits.toFixed(4),
  ]);
  return `Area under the ROC curve\n${table(["uncertainty", "errors, clean digits", "images that are no digits"], rows)}`;
}
