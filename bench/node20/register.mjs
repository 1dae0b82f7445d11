// `node --import ./bench/node20/register.mjs bench/main.ts`: Node 20 does not strip types, so esbuild does.
import { register } from "node:module";

register("./strip.mjs", import.meta.url);
