// The commands that records keep: from the beginning they lead to the same numbers, whatever checkpoint a run went on with.
import { expect, test } from "vitest";
import * as lenet from "../../reproduce/lenet/options.ts";
import * as mlp from "../../reproduce/mnist-mlp/options.ts";
import * as understanding from "../../reproduce/understanding-dropout/options.ts";

test.each<[string[], string]>([
  [[], "--restart"],
  [["--keep", "--epochs", "10"], "--restart --keep"],
  [["--quick", "--epochs", "2"], "--quick --epochs 2 --restart"],
])("lenet %j", (args, wanted) => {
  const command = lenet.cleanCommand(lenet.readRun(args), "wide");
  expect(command).toBe(`npm run reproduce lenet -- ${wanted}`);
});

test("lenet on another variant than was asked for", () => {
  const command = lenet.cleanCommand(lenet.readRun(["--variant", "wide"]), "relaxed");
  expect(command).toBe("npm run reproduce lenet -- --variant relaxed --restart");
});

test.each<[string[], { epochs: number; seconds: number }, string]>([
  [["--minutes", "20"], { epochs: 100, seconds: 2600 }, "--restart"],
  // The last part of a long training: a command with its time alone would not come to the end.
  [["--minutes", "20", "--keep"], { epochs: 100, seconds: 6000 }, "--minutes 200 --restart --keep"],
  [["--minutes", "20"], { epochs: 31, seconds: 1200 }, "--minutes 20 --restart"],
  [["--quick"], { epochs: 4, seconds: 9 }, "--quick --restart"],
  [["--epochs", "7"], { epochs: 7, seconds: 9 }, "--epochs 7 --restart"],
])("mnist-mlp %j after %o", (args, found, wanted) => {
  const command = mlp.cleanCommand(mlp.readRun(args), "wide", found);
  expect(command).toBe(`npm run reproduce mnist-mlp -- ${wanted}`);
});

test.each<[string[], number, string]>([
  [["--minutes", "30"], 45, "--full --epochs 45 --restart"],
  [["--minutes", "0"], 0, "--minutes 0 --restart"],
  [["--quick", "--figures", "3", "--keep"], 3, "--quick --full --epochs 3 --figures 3 --restart --keep"],
])("understanding-dropout %j after %i epochs", (args, epochs, wanted) => {
  const command = understanding.cleanCommand(understanding.readRun(args), "wide", epochs);
  expect(command).toBe(`npm run reproduce understanding-dropout -- ${wanted}`);
});
