import type { Study } from "./study.ts";

/** The studies by name, each loaded when it is asked for. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {
  "mnist-mlp": async () => (await import("./mnist-mlp/study.ts")).study,
  "understanding-dropout": async () => (await import("./understanding-dropout/study.ts")).study,
  uci: async () => (await import("./uci/study.ts")).study,
  lenet: async () => (await import("./lenet/study.ts")).study,
  co2: async () => (await import("./co2/study.ts")).study,
};
