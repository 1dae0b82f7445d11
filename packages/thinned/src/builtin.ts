interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

/** Returns a module of Node, by a way that no bundler follows, for a page has none; undefined elsewhere and before Node 20.16. */
export function builtin<Module>(name: string): Module | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name) as Module | undefined;
}
