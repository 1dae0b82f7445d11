// The benchmarks: `npm run bench -- [--once]`. Every case checks its answer before it is timed. With `--node20` on Node 20, which
// has the goal of W1 that is its own.
import { build } from "./build.mjs";
import { command } from "./command.mjs";
import { node, node20 } from "./setup/paths.mjs";
import { attempt } from "./setup/process.mjs";

command(import.meta.url, async (args) => {
  await build("build");
  const rest = args.filter((word) => word !== "--node20");
  const { status } =
    rest.length === args.length
      ? await attempt(node, ["bench/main.ts", ...rest], { show: true })
      : await attempt(node20, ["--import", "./bench/node20/register.mjs", "bench/main.ts", ...rest], {
          show: true,
        });
  // 2 for what was asked wrongly, as everywhere.
  process.exitCode = typeof status === "number" ? status : 1;
});
