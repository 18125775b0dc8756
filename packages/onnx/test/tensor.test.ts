import { describe, expect, it } from 'vitest'
import { makeTensor, type NumericData, readModel, tensorData } from '../src/index.js'
import { failureOf, fileBytes } from './support.js'

const { initializers } = readModel(fileBytes('fixtures/every-field.onnx')).graph

function named(name: string) {
  const tensor = initializers.find((candidate) => candidate.name === name)
  if (!tensor) throw new Error(`The fixture has no ${name}`)
  return tensor
}

// As in every-field.py; 16-bit floats are their bits.
const numbers: Record<string, NumericData> = {
  float: Float32Array.of(1.5, -2, 3e38),
  double: Float64Array.of(1.5, -2, 1e300),
  float16: Uint16Array.of(0x3e00, 0xc000, 0x7bff),
  bfloat16: Uint16Array.of(0x3fc0, 0xc000, 0x3f00),
  uint8: Uint8Array.of(0, 1, 255),
  int8: Int8Array.of(0, -1, -128),
  uint16: Uint16Array.of(0, 1, 65535),
  int16: Int16Array.of(0, -1, -32768),
  uint32: Uint32Array.of(0, 1, 2 ** 32 - 1),
  int32: Int32Array.of(0, -1, -(2 ** 31)),
  uint64: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n),
  int64: BigInt64Array.of(0n, -1n, -(2n ** 63n)),
  bool: Uint8Array.of(0, 1, 1),
  uint4: Uint8Array.of(0, 1, 15),
  int4: Int8Array.of(0, -1, -8),
  float8e5m2: Uint8Array.of(0x3e, 0xc0, 0x38),
}

describe('tensorData', () => {
  it.each(Object.entries(numbers))('%s, raw and typed, as the official library wrote it', (type, expected) => {
    for (const how of ['raw', 'typed']) expect(tensorData(named(`${type}_${how}`)), how).toStrictEqual(expected)
  })

  it('complex numbers are pairs', () => {
    expect(tensorData(named('complex64_typed'))).toStrictEqual(Float32Array.of(1, 2, 3, -4))
  })

  it('is a view where raw data are aligned and a copy where not', () => {
    const memory = new Uint8Array(32)
    for (const offset of [0, 3, 4, 5]) {
      const rawData = memory.subarray(offset, offset + 8)
      const data = tensorData({ ...makeTensor(new Float32Array(2), [2], 'float32'), rawData })
      expect(data.buffer === memory.buffer).toBe(offset % 4 === 0)
      expect(data).toStrictEqual(new Float32Array(2))
    }
    const unaligned = Buffer.from([9, 0, 0, 192, 63]).subarray(1)
    expect(tensorData({ ...makeTensor(new Float32Array(1), [1], 'float32'), rawData: unaligned })).toStrictEqual(
      Float32Array.of(1.5),
    )
  })

  it.each<[string, () => unknown, RegExp]>([
    ['strings', () => tensorData(named('string_typed')), /'string_typed' holds string.*stringData/],
    ['external data', () => tensorData(named('elsewhere')), /'elsewhere' lies in another file.*rawData/],
    ['too few numbers', () => tensorData(named('segmented')), /has 2 numbers where its shape \[4\] takes 4/],
    [
      'odd bytes',
      () => tensorData({ ...named('float_raw'), rawData: new Uint8Array(11) }),
      /11 bytes, no multiple of 4/,
    ],
    [
      'a wrong count of nibbles',
      () => tensorData({ ...named('int4_raw'), rawData: new Uint8Array(9) }),
      /has 9 numbers.*takes 3/,
    ],
    ['an unknown type', () => tensorData({ ...named('float_raw'), dataType: 99 }), /unknown\(99\)/],
  ])('refuses %s', (_, run, message) => {
    const failure = failureOf(run)
    expect(failure?.code).toBe('MODEL_UNSUPPORTED')
    expect(failure?.message).toMatch(message)
  })

  it('external data are exposed, and read once their bytes are there', () => {
    const tensor = named('elsewhere')
    expect(tensor.dataLocation).toBe(1)
    expect(Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]))).toEqual({
      location: 'weights.bin',
      offset: '4096',
      length: '4000',
    })
    expect(tensorData({ ...tensor, rawData: new Uint8Array(4000) })).toStrictEqual(new Float32Array(1000))
  })
})

describe('makeTensor', () => {
  it('shares the memory of its numbers', () => {
    const data = Float32Array.of(0, 1, 2, 3).subarray(1)
    const tensor = makeTensor(data, [3, 1], 'float32', 'w')
    expect(tensor).toMatchObject({ name: 'w', dims: [3, 1], dataType: 1 })
    expect(tensor.rawData?.buffer).toBe(data.buffer)
    expect(tensorData(tensor)).toStrictEqual(data)
  })

  it('refuses a shape that takes another count', () => {
    expect(failureOf(() => makeTensor(new Float32Array(3), [2, 2], 'float32', 'w'))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringMatching(/'w'.*\[2,2\] takes 16 bytes, not 12/),
    })
    expect(failureOf(() => makeTensor(new Uint8Array(2), [3], 'int4'))).toBeUndefined()
  })
})
