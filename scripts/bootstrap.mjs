// Finds or installs what the machine lacks: `node scripts/bootstrap.mjs [build|lint|test]`. Idempotent: what is there is used.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { command } from "./command.mjs";
import { chromium } from "./setup/chromium.mjs";
import { dependencies } from "./setup/dependencies.mjs";
import { hostRust, rustLinters } from "./setup/host-rust.mjs";
import { Missing } from "./setup/missing.mjs";
import { node, tools } from "./setup/paths.mjs";
import { allDone } from "./setup/process.mjs";
import { wasmBindgen } from "./setup/wasm-bindgen.mjs";
import { wasmRust } from "./setup/wasm-rust.mjs";

// Each purpose needs what the ones before it need.
const purposes = ["build", "lint", "test"];

/**
 * Sets up what `purpose` needs: "build", "lint" with the linters of Rust, or "test" with a browser as well. Returns where the parts are:
 * `wasmEnv`, the environment for cargo with the wasm32 target; `bindgen`, the folder of wasm-bindgen's programs;
 * `chromium`, the browser; `nodeFolder`, that of Node 24. Throws Missing when something can be neither found nor installed.
 */
export async function bootstrap(purpose) {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20)
    throw new Missing(`Node.js 20 is missing, this is ${process.version}`, "install Node.js 20 or newer");
  mkdirSync(tools, { recursive: true });
  await hostRust();
  const needs = (other) => purposes.indexOf(purpose) >= purposes.indexOf(other);
  const parts = [wasmRust(), wasmBindgen(), dependencies()];
  parts.push(needs("test") ? chromium() : undefined, needs("lint") ? rustLinters() : undefined);
  const [wasmEnv, bindgen, , browser] = await allDone(parts);
  return { wasmEnv, bindgen, chromium: browser, nodeFolder: dirname(node) };
}

command(import.meta.url, async ([purpose = "test"]) => {
  if (!purposes.includes(purpose))
    throw new Error(`Cannot set up for ${purpose}: one of ${purposes.join(", ")} is wanted`);
  await bootstrap(purpose);
});
