// The build inlines a `.wasm` import as text: the module, deflated and in base64.
declare module "*.wasm" {
  const packed: string;
  export default packed;
}
