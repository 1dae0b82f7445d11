import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Where set-up puts what the machine lacks; git ignores it, and removing it only costs time. */
export const tools = join(root, ".tools");

/** Node 24, from the package `node`, whatever Node started the script. */
export const node = join(root, "node_modules/node/bin/node");

/** Node 20, the oldest that the packages run on. */
export const node20 = join(root, "test/node_modules/node20/bin/node");

/** The program `name` of a development dependency of the workspace. */
export const binary = (name) => join(root, "node_modules/.bin", name);
