// What inference refuses, and how.
import {
  bayes,
  concreteDropout,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianDropout,
  l2,
  maxPool2d,
  ShapeError,
  sequential,
  standardize,
} from "thinned";
import { expect, it } from "vitest";
import { expectError } from "./expectError.ts";

const x = [[1], [2]];
const y = [1, 2];
const prior = { lengthScale: 1, tau: 1 };
const plain = () => sequential([dropout(0.5), dense(1)], { inputShape: [1], seed: 1 });
const loss = "meanSquaredError";

it("numbers out of range are refused by name", async () => {
  const tie = { lengthScale: 1, rows: 10, tau: 1 };
  const decay = (options: object) => () => bayes.weightDecay({ ...tie, ...options });
  await expectError(
    decay({ tau: 0 }),
    RangeError,
    /tau is 0, a number above 0 whose inverse is finite is wanted/,
  );
  await expectError(decay({ tau: Number.POSITIVE_INFINITY }), RangeError, /tau is Infinity/);
  await expectError(decay({ tau: undefined }), TypeError, /tau is undefined/);
  await expectError(decay({ loss: "mse" }), RangeError, /loss is "mse", one of "halfSquaredError"/);
  await expectError(decay({ rows: 0 }), RangeError, /rows is 0, an integer of at least 1/);
  await expectError(decay({ lengthScale: -1 }), RangeError, /lengthScale is -1, a number above 0/);
  await expectError(decay({ rate: 1 }), RangeError, /rate is 1, a number in \[0, 1\)/);
  await expectError(decay({ loss: "huber", tau: undefined }), RangeError, /likelihood of this loss/);
  await expectError(
    decay({ loss: "binaryCrossentropy" }),
    RangeError,
    /tau is 1, and loss "binaryCrossentropy" has no noise/,
  );
  const ofClasses = { lengthScale: 1, rows: 1, weightDecay: 1, loss: "binaryCrossentropy" } as const;
  await expectError(() => bayes.precision(ofClasses), RangeError, /has no noise; a squared error is wanted/);
  await expectError(
    () => bayes.precision({ ...ofClasses, loss, weightDecay: 0 }),
    RangeError,
    /weightDecay is 0/,
  );
  await expectError(
    decay({ lengthScale: 1e160 }),
    RangeError,
    /^Cannot compute a weight decay: lengthScale 1e\+160, tau 1 and 10 rows give Infinity, a finite number above 0 is wanted$/,
  );
  await expectError(
    () => bayes.precision({ lengthScale: 1e-170, rows: 10, weightDecay: 1 }),
    RangeError,
    /^Cannot compute a precision: lengthScale 1e-170, weightDecay 1 and 10 rows give 0, a finite number above 0 is wanted$/,
  );
});

it("fit() refuses a prior whose weight decay float32 does not hold, and says what it came from", async () => {
  const fit = (given: object) => plain().fit(x, y, { loss, prior: given as typeof prior });
  const refused = (given: object, message: RegExp) => expectError(() => fit(given), RangeError, message);
  // 2·l²/(2·2 rows·tau), times 1/p = 2 for the kernel.
  await refused(
    { ...prior, lengthScale: 1e30 },
    /^Cannot fit with a prior: prior.lengthScale 1e30, prior.tau 1.0 and 2 rows give layer "dense_1" the weight decay 1.00e60, a number from 1e-38 to 1e38 is wanted/,
  );
  await refused(
    { lengthScale: 1, tau: 1e-40 },
    /prior.tau 1e-40 and 2 rows give layer "dense_1" the weight decay 1.00e40,/,
  );
  // Of these single precision would make 0, and the prior would be none.
  await refused({ ...prior, lengthScale: 1e-25 }, /weight decay 1.00e-50,/);
  await refused({ lengthScale: 1, tau: 1e300 }, /weight decay 1.00e-300,/);
  await refused({ ...prior, lengthScale: 1e-170 }, /weight decay/);
  expect((await fit({ ...prior, lengthScale: 1e-18 })).history.loss[0]).toBeGreaterThan(0);
  await expectError(
    () => l2(1e39),
    RangeError,
    /l2\.l2 is 1e\+39, a number of at least 0 that float32 can hold is wanted/,
  );
});

it("fit() refuses a prior without a meaning", async () => {
  const fit =
    (options: object, model = plain()) =>
    () =>
      model.fit(x, y, { loss, prior, ...options });
  await expectError(fit({ prior: { lengthScale: 1 } }), TypeError, /^Cannot fit: prior.tau is undefined/);
  await expectError(
    fit({ prior: { ...prior, tau: 0 } }),
    RangeError,
    /^Cannot fit: prior.tau is 0, a number/,
  );
  await expectError(fit({ prior: { ...prior, lengthScale: 0 } }), RangeError, /prior.lengthScale is 0/);
  await expectError(
    fit({ loss: "meanAbsoluteError", prior: { lengthScale: 1 } }),
    RangeError,
    /likelihood of this loss/,
  );
  await expectError(fit({ sampleWeight: [1, 2] }), RangeError, /a prior and sampleWeight/);
  const regular = sequential([dense(1, { kernelRegularizer: l2(1), name: "out" })], {
    inputShape: [1],
    seed: 1,
  });
  await expectError(fit({}, regular), RangeError, /layer "out" has a regularizer of its own/);
  const noisy = sequential([gaussianDropout(0.5), dense(1, { name: "out" })], { inputShape: [1], seed: 1 });
  await expectError(
    fit({}, noisy),
    RangeError,
    /layer "out": layer "gaussianDropout_1" has noise instead of gates/,
  );
  const learned = sequential([concreteDropout(), dense(1)], { inputShape: [1], seed: 1 });
  await expectError(fit({}, learned), RangeError, /has noise instead of gates/);
  const batches = () => plain().fit([[x, y]] as const, { loss, prior });
  await expectError(batches, TypeError, /prior.rows is undefined, an integer is wanted/);
});

it("gates that weights cannot take over are refused with their layer", async () => {
  const fit = (layers: Parameters<typeof sequential>[0]) => () => {
    const model = sequential(layers, { inputShape: [4, 4, 1], seed: 1 });
    return model.elbo(
      [new Float32Array(16)].map((data) => ({ data, shape: [1, 4, 4, 1] }))[0] as never,
      [1],
      { prior },
    );
  };
  const pooled = [dropout(0.5), maxPool2d({ poolSize: 2 }), flatten(), dense(1)];
  await expectError(fit(pooled as never), RangeError, /gates reach its weights through layer "maxPool2d_1"/);
  const places = [dropout(0.5), conv2d(1, { kernelSize: 2 }), flatten(), dense(1)];
  await expectError(fit(places as never), RangeError, /each place of its input has gates of its own/);
  const rates = sequential([dropout([0.1, 0.2]), dense(1, { name: "out" })], { inputShape: [2], seed: 1 });
  const two = [[1, 2]];
  await expectError(
    () => rates.fit(two, [1], { loss, prior }),
    RangeError,
    /layer "out" have different rates/,
  );
  expect((await rates.elbo(two, [1], { prior })).kl).toBeGreaterThan(-2);
});

it("elbo() and predictiveLogLikelihood() refuse what is out of range", async () => {
  const model = plain();
  await expectError(() => model.elbo(x, y, { prior, sigma: 0 }), RangeError, /sigma is 0, a number above 0/);
  await expectError(
    () => model.elbo(x, y, { prior, samples: 1 }),
    RangeError,
    /samples is 1, an integer .* at least 2|in \[2/,
  );
  await expectError(
    () => model.elbo(x, y, { prior: { ...prior, rows: 3 } as never }),
    TypeError,
    /prior.rows is 3/,
  );
  await expectError(() => model.predictiveLogLikelihood(x, y, { tau: Number.NaN }), RangeError, /tau is NaN/);
  await expectError(() => model.predictiveLogLikelihood(x, [1], { tau: 1 }), ShapeError, /y has shape \[1\]/);
  const controller = new AbortController();
  controller.abort();
  const { signal } = controller;
  await expect(model.predictiveLogLikelihood(x, y, { tau: 1, signal })).rejects.toMatchObject({
    name: "AbortError",
  });
  await expect(model.predictiveCovariance(x, { signal })).rejects.toMatchObject({ name: "AbortError" });
  await expectError(() => bayes.varianceParts({}), TypeError, /keepSamples: true/);
});

it("standardize() names a constant column", async () => {
  const rows = [
    [1, 0.1],
    [2, 0.1],
  ];
  await expectError(() => standardize(rows), RangeError, /column 1 of rows is constant, 0.1 in every row/);
  const named = { name: "x", columns: ["age", "height"] };
  await expectError(() => standardize(rows, named), RangeError, /column "height" of x is constant/);
  await expectError(() => standardize([3, 3], { name: "y" }), RangeError, /y is constant, 3 in every row/);
  await expectError(() => standardize(rows, { columns: ["a"] }), ShapeError, /columns has 1 names/);
  for (const columns of [null, "ab", [1, 2]] as never[]) {
    await expectError(() => standardize(rows, { columns }), TypeError, /columns is .* an array of names/);
  }
  await expectError(() => standardize(rows, { name: 5 as never }), TypeError, /name is 5, a string/);
  await expectError(
    () => standardize([[1], [2]]).transform([[1, 2]]),
    ShapeError,
    /x has shape \[1, 2\], \[rows, 1\]/,
  );
  const scale = standardize([1, 2, 4]);
  expect([...scale.inverse(scale.transform([1, 2, 4])).data]).toEqual([1, 2, 4]);
});

it("variances are parted of nested arrays as well, and of nothing that is not finite", async () => {
  const parts = (samples: unknown) => () => bayes.varianceParts({ samples } as never);
  const nested = [[[1, 0]], [[3, 0]]];
  expect((await bayes.varianceParts({ samples: nested } as never)).epistemic).toEqual({
    data: Float64Array.of(1),
    shape: [1, 1],
  });
  await expectError(parts("none"), TypeError, 'result.samples is "none", a tensor');
  await expectError(parts([[[1, Number.NaN]]]), RangeError, "result.samples[0, 0, 1] is NaN");
  await expectError(parts([[[1, 2, 3]]]), ShapeError, "[1, 1, 3]");
  await expectError(parts([[[1, 710]]]), RangeError, "aleatoric[0, 0] is Infinity", "709");
});

it("a heteroscedastic loss of an odd number of outputs says so", async () => {
  const odd = sequential([dropout(0.5), dense(3)], { inputShape: [1], seed: 1 });
  const wanted = /has 3 outputs a row, an even number is wanted for loss "gaussianNegativeLogLikelihood"/;
  const gaussian = "gaussianNegativeLogLikelihood";
  await expectError(() => odd.fit(x, y, { loss: gaussian }), ShapeError, wanted);
  await expectError(() => odd.evaluate(x, y, { loss: gaussian }), ShapeError, wanted);
  await expectError(() => odd.predictiveLogLikelihood(x, y, { loss: gaussian }), ShapeError, wanted);
});
