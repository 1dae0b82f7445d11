// Writes images.json beside itself: what TensorFlow.js makes of image layers. Run by hand in an empty folder:
//   npm init -y && npm install @tensorflow/tfjs@4.22.0 && node …/test/vectors/images.mjs
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const tf = createRequire(join(process.cwd(), "package.json"))("@tensorflow/tfjs");
await tf.setBackend("cpu");
await tf.ready();

/** Numbers in (-1, 1) with few digits, so that the file stays short. */
function noise(count, seed) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * 256) / 256;
  });
}

const size = (shape) => shape.reduce((product, side) => product * side, 1);
const cases = [];

function add(name, layer, inputShape, options) {
  const model = tf.sequential({ layers: [layer({ ...options, inputShape })] });
  const weights = model.getWeights().map((weight, index) => {
    // Variances are positive.
    const values = noise(size(weight.shape), 11 + index).map((value) =>
      index === 3 ? Math.abs(value) + 0.5 : value,
    );
    return { data: values, shape: weight.shape };
  });
  model.setWeights(weights.map(({ data, shape }) => tf.tensor(data, shape)));
  const x = noise(2 * size(inputShape), 5);
  const y = model.predict(tf.tensor(x, [2, ...inputShape]));
  cases.push({ name, options, inputShape, weights, x, y: { data: [...y.dataSync()], shape: y.shape } });
}

for (const padding of ["valid", "same"]) {
  for (const [kernelSize, strides, dilationRate] of [
    [
      [3, 2],
      [1, 1],
      [1, 1],
    ],
    [
      [2, 3],
      [2, 1],
      [1, 1],
    ],
    [
      [2, 2],
      [1, 1],
      [2, 3],
    ],
  ]) {
    const options = { filters: 3, kernelSize, strides, dilationRate, padding, activation: "tanh" };
    add("conv2d", tf.layers.conv2d, [5, 6, 2], options);
  }
  for (const [poolSize, strides] of [
    [
      [2, 2],
      [2, 2],
    ],
    [
      [3, 2],
      [2, 3],
    ],
  ]) {
    add("maxPool2d", tf.layers.maxPooling2d, [5, 6, 2], { poolSize, strides, padding });
    add("averagePool2d", tf.layers.averagePooling2d, [5, 6, 2], { poolSize, strides, padding });
  }
}
add("globalAveragePool2d", tf.layers.globalAveragePooling2d, [3, 4, 2], {});
add("batchNormalization", tf.layers.batchNormalization, [2, 3, 3], { epsilon: 0.01 });
add("layerNormalization", tf.layers.layerNormalization, [2, 3, 4], { epsilon: 0.01 });
for (const activation of ["relu", "elu", "sigmoid", "tanh", "softplus", "softmax"]) {
  add("activation", tf.layers.activation, [4, 3], { activation });
}

const lines = cases.map((one) => `  ${JSON.stringify(one)}`).join(",\n");
const tool = `TensorFlow.js ${tf.version.tfjs}, cpu backend`;
writeFileSync(
  new URL("images.json", import.meta.url),
  `{ "tool": ${JSON.stringify(tool)}, "cases": [\n${lines}\n] }\n`,
);
