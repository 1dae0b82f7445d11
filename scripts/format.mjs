// Formats every file, and applies the lint fixes that keep behaviour: `npm run format`.
import { bootstrap } from "./bootstrap.mjs";
import { command } from "./command.mjs";
import { binary } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";

command(import.meta.url, async () => {
  await bootstrap("lint");
  await run("cargo", ["fmt", "--all"]);
  await run(binary("biome"), ["check", "--write", "."], { show: true });
});
