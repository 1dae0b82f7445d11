// The build inlines a `.wasm` import as text: the module, deflated and in base64.
declare module "*.wasm" {
  const packed: string;
  export default packed;
}

// The build inlines a `?script` import as text: the file and what it imports, as one script.
declare module "*?script" {
  const script: string;
  export default script;
}
