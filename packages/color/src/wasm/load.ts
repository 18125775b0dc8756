import { I2iError } from '../error.js'
import type { ColorEngineOptions } from '../types.js'
import { presentWebAssembly, type WasmModule, webAssembly } from './web-assembly.js'

export type WasmName = 'wasm-simd' | 'wasm-relaxed'

// (module (func (result v128) v128.const 0 v128.const 0 v128.const 0 <op>)): `op` is f32x4.relaxed_madd, or v128.bitselect for plain SIMD.
const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10]
const constant = [253, 12, ...new Array<number>(16).fill(0)]

function probe(op: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0, ...constant, ...constant, ...constant, ...op, 11]
  return new Uint8Array([...head, body.length + 2, 1, body.length, ...body])
}

const probes: Readonly<Record<WasmName, readonly number[]>> = {
  'wasm-relaxed': [253, 0x85, 0x02],
  'wasm-simd': [253, 0x52],
}

/** Whether this host runs the instructions of that engine. */
export function hostRuns(name: WasmName): boolean {
  return webAssembly()?.validate(probe(probes[name])) ?? false
}

// Written out, so that bundlers find the files and ship them.
function shippedUrl(name: WasmName): URL {
  return name === 'wasm-relaxed'
    ? new URL('./i2i-color-relaxed.wasm', import.meta.url)
    : new URL('./i2i-color-simd.wasm', import.meta.url)
}

interface FileReader {
  readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>
}

/** Node's file system, reached without an import that a browser build would stumble over. */
function fileSystem(): FileReader | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }
  return host.process?.getBuiltinModule?.('node:fs/promises') as FileReader | undefined
}

async function bytesAt(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const files = url.protocol === 'file:' ? fileSystem() : undefined
    if (files !== undefined) return await files.readFile(url)
    const response = await fetch(url)
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw new I2iError(
      'MODEL_UNAVAILABLE',
      `The colour engine's ${url.href} cannot be read; serve it, or pass its bytes or URL as \`wasm\`.`,
      {
        details: { url: url.href },
        cause,
      },
    )
  }
}

function copied(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const view =
    source instanceof ArrayBuffer
      ? new Uint8Array(source)
      : new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  return new Uint8Array(view)
}

/** The compiled kernels of that engine, from where they ship or from `wasm`; throws MODEL_UNAVAILABLE or OPTION_INVALID. */
export async function loadModule(name: WasmName, wasm: ColorEngineOptions['wasm']): Promise<WasmModule> {
  const bytes =
    wasm === undefined ? await bytesAt(shippedUrl(name)) : wasm instanceof URL ? await bytesAt(wasm) : copied(wasm)
  try {
    return await presentWebAssembly().compile(bytes)
  } catch (cause) {
    throw new I2iError(
      'OPTION_INVALID',
      "The .wasm does not compile here; a page's Content-Security-Policy must allow 'wasm-unsafe-eval', and `wasm` be of this very version.",
      { cause },
    )
  }
}
