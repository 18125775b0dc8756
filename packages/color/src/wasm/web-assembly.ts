/** A linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** A compiled module. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

/** The part of the WebAssembly JavaScript interface that is used here; neither the ES nor the Node types declare it. */
interface WebAssemblyInterface {
  Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory
  Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> }
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<WasmModule>
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

/** The host's WebAssembly; undefined where it has none. */
export function webAssembly(): WebAssemblyInterface | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyInterface }).WebAssembly
}

/** The host's WebAssembly; only for what has found it there before. */
export function presentWebAssembly(): WebAssemblyInterface {
  return webAssembly()!
}
