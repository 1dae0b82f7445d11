import { batchShape, type Convolutions } from "../../data/convolution.ts";
import type { Network } from "../../data/network.ts";
import type { Program } from "../../work/program.ts";
import {
  type Enumeration,
  type Forward,
  reportedLayers,
  type Sampling,
  type Training,
  type Work,
} from "../../work/work.ts";
import { cutAtGates, groupSize } from "../cut.ts";
import type { NamedArray, NumpyWorker } from "./worker.ts";

export function forward(worker: NumpyWorker, work: Forward): Promise<Program[]> {
  return program(worker, work, {}, ["x", work.x, [work.rows, work.x.length / work.rows]]);
}

export function sampling(worker: NumpyWorker, work: Sampling): Promise<Program[]> {
  const { samples, masks, rows } = work;
  const group = groupSize(work, cutAtGates(work));
  const settings = { samples, masks, rows, group, reported: reportedLayers(work) };
  return program(worker, work, settings, inputOf(work));
}

export function enumeration(worker: NumpyWorker, work: Enumeration): Promise<Program[]> {
  return program(worker, work, {}, ["x", work.x, [work.x.length]]);
}

export function training(worker: NumpyWorker, work: Training): Promise<Program[]> {
  const { rows, batchSize, masks, labels } = work;
  const { learningRate, beta1, beta2, epsilon } = work.adam;
  const settings = { rows, batchSize, masks, adam: [learningRate, beta1, beta2, epsilon] };
  return program(worker, work, settings, inputOf(work), ["labels", labels, [rows]]);
}

async function program(
  worker: NumpyWorker,
  work: Work,
  settings: object,
  ...arrays: readonly NamedArray[]
): Promise<Program[]> {
  const { kind, network } = work;
  const layers = network.map(({ activation, rate }) => ({ activation, rate }));
  const images = "convolutions" in work ? work.convolutions : [];
  const convolutions = images.map(({ poolSize }) => ({ poolSize }));
  await worker.prepare({ kind, convolutions, layers, ...settings }, [
    ...arrays,
    ...kernelsOf(images),
    ...weightsOf(network),
  ]);
  return [{ name: "numpy", run: () => worker.run(), close: () => undefined }];
}

function inputOf({ convolutions, x, rows }: Sampling | Training): NamedArray {
  return ["x", x, batchShape(convolutions, rows, x.length / rows)];
}

function kernelsOf(convolutions: Convolutions): NamedArray[] {
  return convolutions.flatMap(({ kernelSize, channels, filters, kernel, bias }, index): NamedArray[] => [
    [`convolution kernel ${index}`, kernel, [kernelSize, kernelSize, channels, filters]],
    [`convolution bias ${index}`, bias, [filters]],
  ]);
}

function weightsOf(network: Network): NamedArray[] {
  return network.flatMap(({ inputs, units, kernel, bias }, index): NamedArray[] => [
    [`kernel ${index}`, kernel, [inputs, units]],
    ...(bias === undefined ? [] : [[`bias ${index}`, bias, [units]] as const]),
  ]);
}
