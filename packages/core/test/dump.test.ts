import { float16FromNumber, rawImage } from '@i2i/color'
import { describe, expect, test } from 'vitest'
import { memoryDump, tensorStatistics } from '../src/dump.js'

describe('memoryDump', () => {
  test('keeps copies, whatever becomes of the data afterwards', async () => {
    const dump = memoryDump()
    const pixels = new Uint8Array([1, 2, 3, 4])
    const image = rawImage({ format: 'RGBA', width: 1, height: 1, data: pixels })
    const data = new Float32Array([1, 2])
    await dump.begin?.({ id: 'toon' })
    const wrote = dump.write({ call: 1, stage: 'sdkInput', name: 'image', image, meta: {} })
    pixels.fill(9)
    await wrote
    await dump.write({
      call: 1,
      stage: 'modelInput',
      name: 'x',
      tensor: { location: 'cpu', dtype: 'float32', dims: [2], data },
      meta: { layout: 'NCHW' },
    })
    data.fill(9)
    await dump.end?.(1, { outcome: 'ok' })
    await dump.close()
    expect(dump.run).toEqual({ id: 'toon' })
    expect(dump.calls.get(1)).toEqual({ outcome: 'ok' })
    expect(dump.entries.map(({ stage, name, meta }) => [stage, name, meta])).toEqual([
      ['sdkInput', 'image', {}],
      ['modelInput', 'x', { layout: 'NCHW' }],
    ])
    expect(dump.entries[0]?.image?.planes[0]?.data).toEqual(new Uint8Array([1, 2, 3, 4]))
    expect(dump.entries[1]?.tensor).toMatchObject({ location: 'cpu', data: new Float32Array([1, 2]), dims: [2] })
  })
})

describe('tensorStatistics', () => {
  test('are of the finite numbers, and count the others', () => {
    const data = new Float32Array([1, Number.NaN, 3, Number.POSITIVE_INFINITY, -2, Number.NEGATIVE_INFINITY])
    const { std, mean, ...rest } = tensorStatistics(data)
    expect(rest).toEqual({ min: -2, max: 3, nanCount: 1, infCount: 2 })
    expect(mean).toBeCloseTo(2 / 3, 12)
    expect(std).toBeCloseTo(Math.sqrt(38 / 9), 12)
  })

  test('decode float16 bits only when told that they are', () => {
    const bits = new Uint16Array([1.5, -0.25, Number.NaN, Number.NEGATIVE_INFINITY].map(float16FromNumber))
    expect(tensorStatistics(bits, 'float16')).toMatchObject({ min: -0.25, max: 1.5, nanCount: 1, infCount: 1 })
    expect(tensorStatistics(bits, 'uint16').max).toBeGreaterThan(30_000)
  })

  test('take int64, keep precision far from zero, and are NaN where there is nothing', () => {
    expect(tensorStatistics(new BigInt64Array([5n, 7n]))).toMatchObject({ min: 5, max: 7, mean: 6, std: 1 })
    expect(tensorStatistics(new Int32Array([1e9, 1e9 + 2])).std).toBe(1)
    expect(tensorStatistics(new Float32Array(0))).toEqual({
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      std: Number.NaN,
      nanCount: 0,
      infCount: 0,
    })
  })
})
