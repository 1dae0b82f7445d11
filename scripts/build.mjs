// Builds everything that the packages ship: `npm run build`.
import { bootstrap } from "./bootstrap.mjs";
import { buildPackage } from "./build-package.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { command } from "./command.mjs";
import { allDone } from "./setup/process.mjs";

/** Sets up for `purpose` and builds what is out of date. Returns what bootstrap() returned. */
export async function build(purpose) {
  const tools = await bootstrap(purpose);
  const thinned = buildWasm(tools).then((version) => buildPackage("thinned", version));
  await allDone([thinned, buildPackage("plot")]);
  return tools;
}

command(import.meta.url, async () => {
  await build("build");
});
