import { float16FromNumber, float16ToNumber } from '@i2i/color'
import type { PixelBinding, Tensor } from '@i2i/core'

/** A tensor whose numbers are in memory. */
export type CpuTensor = Extract<Tensor, { location: 'cpu' }>
export type PixelDtype = PixelBinding['dtype']

/** A float32 tensor. */
export function float32(
  dims: readonly number[],
  values: ArrayLike<number>,
): CpuTensor & { readonly data: Float32Array } {
  return { location: 'cpu', dtype: 'float32', dims, data: Float32Array.from(values) }
}

/** A tensor of `dtype` whose numbers are `values`, rounded as the dtype does. */
export function tensor(dtype: PixelDtype, dims: readonly number[], values: ArrayLike<number>): CpuTensor {
  if (dtype === 'float32') return float32(dims, values)
  const data =
    dtype === 'uint8'
      ? Uint8Array.from(values)
      : Uint16Array.from(Array.from(values, (value) => float16FromNumber(value)))
  return { location: 'cpu', dtype, dims, data }
}

/** The numbers of a tensor, float16 decoded. */
export function numbers(tensor: Tensor | undefined): Float64Array {
  if (tensor?.location !== 'cpu') throw new Error(`expected a tensor in memory, got ${tensor?.location ?? 'none'}`)
  const { dtype, data } = tensor
  return Float64Array.from({ length: data.length }, (_, i) => {
    const value = Number(data[i])
    return dtype === 'float16' ? float16ToNumber(value) : value
  })
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `length` numbers in [-1, 1) from a seed, each a float32. */
export function noise(length: number, seed: number): Float32Array {
  const next = random(seed)
  return Float32Array.from({ length }, () => next() * 2 - 1)
}

/** The largest distance between two lists of numbers; infinite when their lengths differ or either holds a NaN. */
export function maxError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN))
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return worst
}
