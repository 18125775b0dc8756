// What the page may do: load from where it came from, and start WebAssembly. No blob:, no data:, no inline script or style.
export const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
