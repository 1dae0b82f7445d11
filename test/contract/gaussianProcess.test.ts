// What Gaussian processes refuse, and how.
import { DisposedError, gp, ShapeError } from "thinned";
import { expect, it } from "vitest";
import { expectError } from "./expectError.ts";

const x = [[0], [1], [2]];
const y = [1, 2, 3];
const kernel = gp.rbf();

it("a matrix that is not positive definite is refused with its pivot and the ways out", async () => {
  const repeated = [[0], [1], [0]];
  await expectError(
    () => gp.fit({ kernel }, repeated, y),
    RangeError,
    /pivot 2 of the kernel matrix of 3 rows is .*above .* is wanted.*rows 0 and 2 of x are the same.*noise.*jitter/,
  );
  const process = await gp.fit({ kernel, jitter: 1e-6 }, repeated, y);
  expect(process.jitter).toBe(1e-6);
  // Two equal rows: eigenvalues of about 2.5 and 1e-6.
  expect(process.conditionNumber).toBeGreaterThan(1e6);
  expect(process.conditionNumber).toBeLessThan(1e7);
  process.dispose();
});

it("data of another shape is refused", async () => {
  await expectError(
    () => gp.fit({ kernel }, [0, 1], [1, 2]),
    ShapeError,
    /x has shape \[2\], \[rows, inputs\] is wanted/,
  );
  await expectError(
    () => gp.fit({ kernel }, x, [1, 2]),
    ShapeError,
    /y has shape \[2\], \[3\] or \[3, outputs\] is wanted/,
  );
  await expectError(() => gp.fit({ kernel }, x, [1, Number.NaN, 3]), RangeError, /y\[1\] is NaN/);
  const process = await gp.fit({ kernel }, x, y);
  await expectError(
    () => process.predict([[1, 2]]),
    ShapeError,
    /x has shape \[1, 2\], \[rows, 1\] is wanted/,
  );
  process.dispose();
  const two = gp.rbf({ lengthScale: [1, 2] });
  await expectError(
    () => gp.fit({ kernel: two }, x, y),
    RangeError,
    /rbf.lengthScale has 2 numbers, x has 1 columns/,
  );
});

it("options out of range are refused by name", async () => {
  await expectError(
    () => gp.fit({ kernel, noise: -1 }, x, y),
    RangeError,
    /noise is -1, a number of at least 0/,
  );
  await expectError(() => gp.fit({ kernel, jitter: Number.NaN }, x, y), RangeError, /jitter is NaN/);
  await expectError(
    () => gp.fit({} as never, x, y),
    TypeError,
    /kernel is undefined, a kernel as gp.rbf\(\) makes it/,
  );
  expect(() => gp.rbf({ lengthScale: 0 })).toThrow(/rbf.lengthScale is 0, a number above 0 is wanted/);
  expect(() => gp.rbf({ lengthScale: [1, -1] })).toThrow(/rbf.lengthScale\[1\] is -1/);
  expect(() => gp.arcSine({ biasVariance: -1 })).toThrow(/arcSine.biasVariance is -1/);
  expect(() => gp.rbf({ period: 1 } as never)).toThrow(/there is no option "period"/);
  expect(() => gp.sum()).toThrow(/kernel.kernels is \[\], at least one kernel is wanted/);
  const matern = { kind: "matern", variance: 1 } as never;
  await expectError(
    () => gp.fit({ kernel: matern }, x, y),
    RangeError,
    /kernel.kind is "matern", one of rbf/,
  );
  const huge = gp.linear({ variance: 1e300 });
  await expectError(
    () => gp.fit({ kernel: huge, noise: 1 }, [[1e10]], [1]),
    RangeError,
    /rows 0 and 0 of x is not finite/,
  );
});

it("sampling without options says what is wanted", async () => {
  for (const options of [undefined, null]) {
    await expectError(
      () => gp.sample(options as never, x),
      TypeError,
      `the options are ${options}, an object`,
    );
  }
  await expectError(
    () => gp.sample({} as never, x),
    TypeError,
    /^Cannot sample a Gaussian process: kernel is/,
  );
});

it("a disposed process says so, and a second dispose() does nothing", async () => {
  const process = await gp.fit({ kernel, noise: 0.1 }, x, y);
  process.dispose();
  process.dispose();
  await expectError(() => process.predict(x), DisposedError, /the process was disposed; fit it again/);
  await expectError(() => process.sample(x), DisposedError, /disposed/);
});

it("an aborted fit rejects with an AbortError", async () => {
  const many = Array.from({ length: 300 }, (_, i) => [i / 3]);
  const controller = new AbortController();
  const running = gp.fit(
    {
      kernel,
      noise: 0.1,
      optimize: true,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    },
    many,
    many.map(([a = 0]) => Math.sin(a)),
  );
  await expect(running).rejects.toMatchObject({ name: "AbortError" });
});
