// Gal & Ghahramani (2016), "Dropout as a Bayesian Approximation", section 5.2: LeNet with dropout before its last layer.

import { writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { loadMnist } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { writeFigures } from "../../examples/mnist/writeFigures.ts";
import { announce, outputFolder, writeRecord } from "../output.ts";
import type { Study } from "../study.ts";
import { useVariant } from "../variant.ts";
import { fitTemperature, resultsOf, type SetResults } from "./calibration.ts";
import { detectionOf } from "./detection.ts";
import { figuresOf } from "./figures.ts";
import { network, train } from "./network.ts";
import { type Config, cleanCommand, readRun, usage } from "./options.ts";
import { type Found, reportOf } from "./report.ts";
import { describeTestSets, rowsOf, testSetsOf } from "./testSets.ts";

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const { config } = plan;
  const variant = await useVariant("lenet", plan.variant);
  const data = loadMnist(config.trainRows, config.testRows);
  const learnedRows = config.trainRows - config.validationRows;
  const learned = rowsOf(data.train, 0, learnedRows);
  const validation = rowsOf(data.train, learnedRows, config.trainRows);
  const folder = outputFolder(plan.name);
  using model = network(config);
  const { history, seconds } = await train(model, { learned, test: data.test }, config, folder, plan.restart);

  const bar = new ProgressBar("sampling subnetworks");
  const temperature = fitTemperature(model, validation);
  const { sets, noDigits } = testSetsOf(data.test, config);
  const results: Record<string, SetResults> = {};
  for (const [name, digits] of Object.entries(sets)) {
    results[name] = await resultsOf(model, digits, temperature, config, bar.follow);
  }
  const detection = await detectionOf(model, results.clean as SetResults, noDigits, config);
  bar.end();
  const calibration = Object.fromEntries(
    Object.entries(results).map(([name, each]) => [name, each.calibration]),
  );
  const report = reportOf({ temperature, calibration, detection });
  console.log(`\n${report}`);

  const figures = writeFigures(
    folder,
    await figuresOf({ config, model, test: data.test, history, sets: results }),
  );
  const page = join(folder, "README.md");
  const command = cleanCommand(plan, variant);
  const pictures = figures.map((path) => `![${basename(path)}](${basename(path)})`).join("\n\n");
  writeFileSync(
    page,
    `# LeNet on MNIST\n\n\`${command}\`, seed ${config.seed}, ${seconds.toFixed(0)} s of training on ${variant}.\n\n${describeTestSets(config)}\n\n\`\`\`\n${report}\n\`\`\`\n\n${pictures}\n`,
  );
  const record = {
    command,
    config,
    variant,
    seconds,
    temperature,
    calibration,
    detection,
    history: history.history,
  };
  const paths = [
    relative(process.cwd(), page),
    ...figures,
    ...(await writeRecord(plan.name, record, plan.keep)),
  ];
  announce(paths);
}

export const study: Study = {
  about: "Gal & Ghahramani 2016, section 5.2: LeNet's uncertainty about rotated digits, its calibration",
  usage,
  run,
  section: (found: Found & { readonly config: Config; readonly seconds: number; readonly variant: string }) =>
    `${found.seconds.toFixed(0)} s of training on ${found.variant}.\n\n${describeTestSets(found.config)}\n\n\`\`\`\n${reportOf(found)}\n\`\`\``,
};
