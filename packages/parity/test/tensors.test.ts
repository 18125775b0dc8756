import { float16FromNumber, type Tensor } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { compareTensors } from '../src/tensors/compare.js'
import { gateFor } from '../src/tensors/tolerance.js'
import expected from './fixtures/expected.json' with { type: 'json' }
import { tensor, tensors } from './noise.js'

describe('compareTensors', () => {
  test('agrees with numpy and scikit-image', () => {
    const [a, b] = tensors()
    const got = compareTensors(a, b, { rtol: 1e-3, atol: 5e-3 })
    const want = expected.tensor
    for (const key of ['maxAbs', 'meanAbs', 'rmse', 'maxRel', 'psnr', 'cosine'] as const)
      expect(got[key], key).toBeCloseTo(want[key], 10)
    const { p50, p90, p99, 'p99.9': p999 } = got.percentiles
    for (const [i, value] of [p50, p90, p99, p999].entries()) expect(value).toBeCloseTo(want.percentiles[i] ?? -1, 12)
    expect([got.outside, got.first, got.worst]).toEqual([want.outside, want.first, want.worst])
    expect(got.histogram.counts).toEqual(want.counts)
    expect([got.equal, got.identical, got.peak]).toEqual([false, false, 1])
  })

  test('equal tensors are equal in every number', () => {
    const [a] = tensors()
    expect(compareTensors(a, a)).toMatchObject({
      equal: true,
      identical: true,
      maxAbs: 0,
      rmse: 0,
      psnr: Number.POSITIVE_INFINITY,
      outside: 0,
    })
    const pair = { dtype: 'float32', dims: [2], location: 'cpu', data: Float32Array.of(1, 2) } as const
    for (const equal of [a, pair]) expect(compareTensors(equal, equal).cosine).toBe(1)
    expect(compareTensors(a, a)).not.toHaveProperty('first')
  })

  test('the tolerance is atol + rtol |b|, b being the reference', () => {
    const equal = (a: number, b: number, rtol: number, atol: number) =>
      compareTensors(tensor([a]), tensor([b]), { rtol, atol }).equal
    expect(equal(100, 110, 0.095, 0)).toBe(true)
    expect(equal(110, 100, 0.095, 0)).toBe(false)
    expect(equal(0.5, 0, 1, 0.5)).toBe(true)
    expect(equal(0.5625, 0, 1, 0.5)).toBe(false)
  })

  test('NaN and infinities count as equal in the same place only', () => {
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]
    const same = compareTensors(tensor([1, nan, inf, -inf]), tensor([1, nan, inf, -inf]))
    expect(same).toMatchObject({ equal: true, maxAbs: 0, nan: [1, 1], inf: [2, 2], cosine: 1 })
    const other = compareTensors(tensor([1, nan, inf, 4]), tensor([1, 2, -inf, nan]))
    expect(other).toMatchObject({ equal: false, maxAbs: inf, outside: 3, first: [1], nan: [1, 1], inf: [1, 1] })
    expect(compareTensors(tensor([5]), tensor([inf]), { rtol: 1, atol: 1 }).equal).toBe(false)
  })

  test('decodes float16, takes bytes at a peak of 255, and chooses the coarser tolerance', () => {
    const half: Tensor = {
      location: 'cpu',
      dtype: 'float16',
      dims: [2],
      data: Uint16Array.from([1, -0.1].map(float16FromNumber)),
    }
    const mixed = compareTensors(half, tensor([1.005, -0.1]))
    expect(mixed).toMatchObject({ equal: true, tolerance: { rtol: 1e-2, atol: 1e-3 } })
    expect(mixed.maxAbs).toBeCloseTo(0.005, 6)
    const bytes = (values: number[]): Tensor => ({
      location: 'cpu',
      dtype: 'uint8',
      dims: [4],
      data: Uint8Array.from(values),
    })
    const off = compareTensors(bytes([1, 2, 3, 4]), bytes([1, 2, 3, 8]))
    expect(off).toMatchObject({ equal: false, peak: 255, rmse: 2, worst: [3] })
    expect(off.psnr).toBeCloseTo(20 * Math.log10(127.5), 12)
    const long: Tensor = { location: 'cpu', dtype: 'int64', dims: [1], data: BigInt64Array.of(7n) }
    expect(compareTensors(long, long).identical).toBe(true)
  })

  test('refuses what cannot be compared, and takes what is empty', () => {
    const throws = (code: string) => expect.objectContaining({ code })
    expect(() => compareTensors(tensor([1]), tensor([1, 2]))).toThrow(throws('SHAPE_MISMATCH'))
    expect(() => compareTensors(tensor([1, 2], [1, 2]), tensor([1, 2]))).toThrow(throws('SHAPE_MISMATCH'))
    expect(() => compareTensors(tensor([1], [3]), tensor([1], [3]))).toThrow(throws('SHAPE_MISMATCH'))
    expect(() => compareTensors(tensor([1]), tensor([1]), { rtol: -1, atol: 0 })).toThrow(throws('OPTION_INVALID'))
    expect(compareTensors(tensor([]), tensor([]))).toMatchObject({ equal: true, worst: [], rmse: 0 })
  })
})

test('gates by precision', () => {
  expect(gateFor('fp32')).toEqual({ rtol: 1.3e-6, atol: 1e-5 })
  expect(gateFor('fp32', { depth: 2 })).toMatchObject({ rtol: 2.6e-6 })
  expect(gateFor('fp32', { acrossBackends: true })).toEqual({ rtol: 1e-3, atol: 1e-3 })
  expect(gateFor('fp16')).toEqual({ rtol: 1e-2, atol: 1e-3 })
  expect(gateFor('int8')).toEqual({ minPsnr: 30 })
})
