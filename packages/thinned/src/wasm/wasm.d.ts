// The bundler inlines a `.wasm` import as the base64 text of the module.
declare module "*.wasm" {
  const base64: string;
  export default base64;
}
