import { I2iError } from '../error.js'
import { presentWebAssembly, type WasmMemory, type WasmModule } from './web-assembly.js'

/** What the WebAssembly module offers (assembly/index.ts); every number but a count or a flag is an address or a distance in bytes. */
export interface Kernels {
  copyRows(
    src: number,
    ss: number,
    dst: number,
    ds: number,
    bytes: number,
    h: number,
    unit: number,
    repeat: number,
  ): void
  repack(
    k: number,
    src: number,
    ss: number,
    from: number,
    dst: number,
    ds: number,
    to: number,
    w: number,
    h: number,
  ): void
  unzip(src: number, ss: number, n: number, h: number, step: number, dst: number, ds: number): void
  unzipPairs(src: number, ss: number, n: number, h: number, d0: number, s0: number, d1: number, s1: number): void
  zipPairs(a: number, sa: number, b: number, sb: number, n: number, h: number, dst: number, ds: number): void
  halfToFloat(src: number, n: number, dst: number): void
  bytesToFloat(src: number, n: number, scale: number, bias: number, dst: number): void
  floatToBytes(src: number, n: number, scale: number, bias: number, dst: number): void
  denormalise(src: number, n: number, scale: number, bias: number, lo: number, hi: number, dst: number): void
  unzipFloat(src: number, n: number, step: number, d0: number, d1: number, d2: number, d3: number): void
  runRows(task: number, t0: number, t1: number, fresh: boolean): void
  isOpaque(src: number, ss: number, n: number, h: number): boolean
  copyAlpha(src: number, ss: number, n: number, h: number, dst: number, ds: number): void
  setAlpha(src: number, ss: number, n: number, h: number, dst: number, ds: number): void
  packedToFloat: (
    ...args: [
      k: number,
      src: number,
      ss: number,
      step: number,
      d0: number,
      d1: number,
      d2: number,
      ds: number,
      w: number,
      h: number,
    ]
  ) => void
  floatToPacked: (
    ...args: [
      k: number,
      s0: number,
      s1: number,
      s2: number,
      ss: number,
      dst: number,
      ds: number,
      step: number,
      w: number,
      h: number,
    ]
  ) => void
  floatToYuv: (
    ...args: [
      k: number,
      s0: number,
      s1: number,
      s2: number,
      ss: number,
      y: number,
      ys: number,
      u: number,
      v: number,
      cs: number,
      w: number,
      h: number,
      planar: boolean,
    ]
  ) => void
  packedToPixels(k: number, src: number, ss: number, step: number, dst: number, ds: number, w: number, h: number): void
  pixelsToPacked(k: number, src: number, ss: number, dst: number, ds: number, step: number, w: number, h: number): void
  yuvToPacked: (
    ...args: [
      k: number,
      y: number,
      ys: number,
      p: number,
      q: number,
      cs: number,
      dst: number,
      ds: number,
      w: number,
      h: number,
      planar: boolean,
      four: boolean,
      pair: boolean,
    ]
  ) => void
  packedToYuv: (
    ...args: [
      k: number,
      src: number,
      ss: number,
      y: number,
      ys: number,
      u: number,
      v: number,
      cs: number,
      w: number,
      h: number,
      four: boolean,
      planar: boolean,
    ]
  ) => void
  yuvToFloat: (
    ...args: [
      k: number,
      y: number,
      ys: number,
      p: number,
      q: number,
      cs: number,
      d0: number,
      d1: number,
      d2: number,
      ds: number,
      w: number,
      h: number,
      planar: boolean,
    ]
  ) => void
}

/** The kernels over this memory; throws OPTION_INVALID for a module that is not this package's. */
export function bindKernels(module: WasmModule, memory: WasmMemory): Kernels {
  const { exports } = new (presentWebAssembly().Instance)(module, { env: { memory } })
  if (typeof exports['runRows'] !== 'function') {
    throw new I2iError(
      'OPTION_INVALID',
      'The WebAssembly given as `wasm` is not of @i2i/color; pass the .wasm of this very version.',
    )
  }
  // A WebAssembly module cannot state the types of its exports; they are those of assembly/index.ts, built beside this file.
  return exports as unknown as Kernels
}
