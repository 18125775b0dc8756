import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { type IdentitySpec, identityModel, inspectModel, writeModel } from '../src/index.js'
import { failureOf } from './support.js'

type Data = Float32Array | Uint16Array | Uint8Array

/** Feeds `data` to an identity model of the spec and gives what comes out. */
async function through(spec: IdentitySpec, data: Data, height: number, width: number): Promise<Tensor> {
  const { dtype = 'float32', layout = 'NCHW', channels = 3, input = 'input', output = 'output' } = spec
  const session = await InferenceSession.create(writeModel(identityModel(spec)))
  expect([session.inputNames, session.outputNames]).toEqual([[input], [output]])
  const dims = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
  const result = (await session.run({ [input]: new Tensor(dtype, data, dims) }))[output]
  await session.release()
  if (!result) throw new Error(`The model gave no ${output}`)
  expect(result.dims).toEqual(dims)
  expect(result.type).toBe(dtype)
  return result
}

/** Every bit of an array, so that -0 and NaN count. */
const bits = (data: unknown): Buffer =>
  ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.of()

/** Floats of all magnitudes: random bits but for the exponent of NaN and infinity. */
function floatsOfAllSizes(count: number): Float32Array {
  const words = new Uint32Array(count)
  let state = 1
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    words[i] = (state & 0x7f800000) === 0x7f800000 ? 0x80000000 : state
  }
  return new Float32Array(words.buffer)
}

const samples: Record<NonNullable<IdentitySpec['dtype']>, (count: number) => Data> = {
  float32: floatsOfAllSizes,
  float16: (count) =>
    Uint16Array.from({ length: count }, (_, i) => (((i * 40503) & 0x7c00) === 0x7c00 ? 0x8000 : i * 40503)),
  uint8: (count) => Uint8Array.from({ length: count }, (_, i) => i * 7),
}

describe('identityModel is exact in onnxruntime', () => {
  for (const dtype of ['float32', 'float16', 'uint8'] as const)
    for (const layout of ['NCHW', 'NHWC'] as const)
      for (const channels of [1, 3, 4] as const)
        for (const size of [{}, { width: 7, height: 5 }, { width: 7 }])
          it(`${dtype} ${layout} ${channels} ${JSON.stringify(size)}`, async () => {
            const data = samples[dtype](7 * 5 * channels)
            const result = await through({ dtype, layout, channels, ...size }, data, 5, 7)
            expect(bits(result.data)).toEqual(bits(data))
          })

  it('float32: large, small, signed zero, infinite and NaN', async () => {
    const data = Float32Array.of(3.4e38, -3.4e38, 1e-45, -1e-45, 0, -0, Infinity, -Infinity, NaN)
    expect(bits((await through({}, data, 3, 1)).data)).toEqual(bits(data))
  })

  it('float16: all bit patterns, NaNs staying NaN', async () => {
    const data = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const { data: result } = await through({ dtype: 'float16', channels: 1 }, data, 256, 256)
    const isNaN16 = (word: number): boolean => (word & 0x7fff) > 0x7c00
    const wrong = [...data].filter((word, i) => (isNaN16(word) ? !isNaN16(Number(result[i])) : result[i] !== word))
    expect(wrong).toEqual([])
  })

  it('uint8: all values', async () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect((await through({ dtype: 'uint8', channels: 1 }, data, 16, 16)).data).toEqual(data)
  })
})

describe('identityModel', () => {
  it('declares what its spec says', () => {
    expect(inspectModel(identityModel({}))).toMatchObject({
      inputs: [{ name: 'input', dtype: 'float32', dims: [1, 3, 'height', 'width'] }],
      outputs: [{ name: 'output', dtype: 'float32', dims: [1, 3, 'height', 'width'] }],
      opset: 17,
      irVersion: 8,
    })
    const spec = { dtype: 'uint8', layout: 'NHWC', channels: 4, width: 2, height: 3, input: 'a', output: 'b' } as const
    expect(inspectModel(identityModel(spec))).toMatchObject({
      inputs: [{ name: 'a', dtype: 'uint8', dims: [1, 3, 2, 4] }],
      outputs: [{ name: 'b', dtype: 'uint8', dims: [1, 3, 2, 4] }],
    })
  })

  it.each<[object, RegExp]>([
    [{ dtype: 'int64' }, /dtype is int64; use one of float32/],
    [{ layout: 'NCWH' }, /layout is NCWH/],
    [{ channels: 2 }, /channels is 2/],
    [{ width: 0 }, /cannot be 0 pixels/],
    [{ height: 1.5 }, /cannot be 1.5 pixels/],
    [{ input: 'x', output: 'x' }, /'x'.*taken/],
  ])('refuses %j', (spec, message) => {
    const failure = failureOf(() => identityModel(spec))
    expect(failure?.code).toBe('OPTION_INVALID')
    expect(failure?.message).toMatch(message)
  })
})
