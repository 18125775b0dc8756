import { I2iError } from '@i2i/color'

/** Refuses what does not say where WebAssembly files lie: a URL prefix, or a URL for each file. @throws OPTION_INVALID */
export function checkWasmPaths(of: string, wasmPaths: unknown): void {
  if (wasmPaths === undefined || typeof wasmPaths === 'string') return
  if (typeof wasmPaths === 'object' && wasmPaths !== null) return
  throw new I2iError(
    'OPTION_INVALID',
    `${of}: wasmPaths is ${String(wasmPaths)}; give a URL prefix, or a URL for each file`,
    { details: { wasmPaths } },
  )
}
