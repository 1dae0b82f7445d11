import script from "./worker.ts?script";

/** The script of the workers, in a chunk of its own: only a pool that works loads it. */
export default script;
