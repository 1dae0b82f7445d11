// Baldi & Sadowski (2013), "Understanding Dropout", section 6: the MNIST simulation and its figures, sampled and exact.
import { writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { loadMnist, pixels } from "../../examples/mnist/dataset.ts";
import { count } from "../../examples/mnist/table.ts";
import { writeFigures } from "../../examples/mnist/writeFigures.ts";
import { announce, outputFolder, writePage, writeRecord } from "../output.ts";
import type { Study } from "../study.ts";
import { useVariant } from "../variant.ts";
import { figuresOf } from "./figures.ts";
import { hiddenNames, network } from "./network.ts";
import { cleanCommand, readRun, usage } from "./options.ts";
import { findingsOf, pageOf } from "./page.ts";
import { Probe } from "./probe.ts";
import { statisticsOf } from "./statistics.ts";
import { train } from "./train.ts";

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const { config } = plan;
  const variant = await useVariant("understanding-dropout", plan.variant);
  const data = loadMnist(config.trainRows, config.testRows);
  const rows = (many: number) => {
    return { data: data.test.images.data.subarray(0, many * pixels), shape: [many, pixels] };
  };
  const folder = outputFolder(plan.name);
  using model = network(config);
  using probe = new Probe(config, rows(1));
  const { history, seconds } = await train(model, data, plan, probe, folder);
  const epochs = history?.epoch.length ?? 0;
  const state =
    history === undefined
      ? "untrained: the time was too short for one epoch"
      : `${epochs} ${epochs === 1 ? "epoch" : "epochs"} of training`;
  if (history === undefined) console.error(`understanding-dropout: ${state}`);

  const course = probe.course();
  if (course.epochs.length === 0)
    throw new Error("Cannot draw what was never looked at: training did not begin");
  const statistics = await statisticsOf(model, rows(1), config);
  const activities = model.predict(rows(config.histogramRows), { layer: hiddenNames(config) });
  const isTrained = history !== undefined;
  const results = { config, statistics, course, activities, isTrained, state };
  const findings = findingsOf(results);
  const drawn = figuresOf(results, plan.figures);
  const figures = writeFigures(folder, drawn);
  const command = cleanCommand(plan, variant, epochs);
  const page = join(folder, "README.md");
  const figureFiles = figures.map((path) => basename(path));
  const text = pageOf(results, findings, { command, history, trainingSeconds: seconds, figureFiles });
  writeFileSync(page, text);
  const record = { command, config, variant, state, seconds, ...findings, history: history?.history };
  const paths = [
    relative(process.cwd(), page),
    ...figures,
    ...(await writeRecord(plan.name, record, plan.keep)),
  ];
  if (plan.keep) paths.push(...(await writePage(plan.name, text, drawn)));
  for (const { claim, limit, measured, verdict, reason } of findings.claims) {
    const lines = [claim, `confirmed when ${limit}`, measured, ...(reason === undefined ? [] : [reason])];
    console.log(`${verdict.padEnd(15)}${lines.join(`\n${" ".repeat(15)}`)}`);
  }
  console.log(
    `\n${count(config.samples)} subnetworks and all of them, in ${statistics.seconds.toFixed(1)} s; ${state}`,
  );
  announce(paths);
}

export const study: Study = {
  about: "Baldi & Sadowski 2013, section 6: E, NWGM, O* and consistency of every unit, sampled and exact",
  usage,
  run,
};
