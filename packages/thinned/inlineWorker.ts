import { rolldown } from "rolldown";

/**
 * The module that `import script from "./name.ts?script"` stands for in the bundle and in the tests: that file with all it
 * imports, as the text of one script, whose exports are the properties of `thinnedWorker`. As text it comes along
 * wherever the package goes: no bundler has to know of it, and no file has to be found beside the program.
 */
export async function inlineWorker(path: string): Promise<string> {
  const bundle = await rolldown({
    input: path,
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    onLog: (_, log) => {
      throw new Error(`Cannot bundle ${path}: ${log.message}`);
    },
  });
  const { output } = await bundle.generate({ format: "iife", name: "thinnedWorker", minify: true });
  await bundle.close();
  if (output.length !== 1)
    throw new Error(`Cannot bundle ${path}: it has ${output.length} chunks, 1 is wanted`);
  return `export default ${JSON.stringify(output[0].code)};`;
}
