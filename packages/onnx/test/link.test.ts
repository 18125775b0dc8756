import fc from 'fast-check'
import { Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { inspectModel, type LinkBinding, type LinkInput, type LinkOutput, linkIdentityModel } from '../src/index.js'
import { channelsOf, decode, encode, enlarge, fromHalf } from './link-oracle.js'
import { image, input, pixelDims, plain, run } from './link-run.js'

/** Numbers as the tensor type stores them. */
function store(dtype: LinkBinding['dtype'], values: readonly number[]): Float32Array | Uint16Array | Uint8Array {
  if (dtype === 'float32') return Float32Array.from(values)
  // Values between 0.5 and 1, so that no rounding to float16 is needed here.
  if (dtype === 'float16') return Uint16Array.from(values, (value) => 0x3800 + Math.floor(value * 1024))
  return Uint8Array.from(values, (value) => Math.floor(value * 256))
}

const norms: readonly (readonly [number[], number[]])[] = [
  [
    [0, 0, 0],
    [1, 1, 1],
  ],
  [
    [0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5],
  ],
  [
    [0, 0, 0],
    [1 / 255, 1 / 255, 1 / 255],
  ],
  [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ],
  [
    [127 / 255, 127 / 255, 127 / 255],
    [128 / 255, 128 / 255, 128 / 255],
  ],
]

const anyBinding: fc.Arbitrary<LinkBinding> = fc
  .record({
    layout: fc.constantFrom('NCHW' as const, 'NHWC' as const),
    dtype: fc.constantFrom('float32' as const, 'float16' as const, 'uint8' as const),
    channels: fc.constantFrom('RGB' as const, 'BGR' as const, 'RGBA' as const, 'GRAY' as const, 'Y' as const),
    norm: fc.option(fc.constantFrom(...norms)),
  })
  .map(({ norm, ...binding }) => {
    if (!norm || binding.dtype === 'uint8') return binding
    const colours = Math.min(3, channelsOf(binding))
    return { ...binding, mean: norm[0].slice(0, colours), std: norm[1].slice(0, colours) }
  })

describe('image outputs follow the image input', () => {
  it('between any two bindings, at any whole scale', async () => {
    const size = fc.integer({ min: 1, max: 5 })
    await fc.assert(
      fc.asyncProperty(
        anyBinding,
        anyBinding,
        size,
        size,
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (from, to, width, height, scale, random) => {
          const values = Array.from({ length: width * height * channelsOf(from) }, () => Number(random.next().value))
          const data = store(from.dtype, values)
          const { y } = await run(
            { inputs: [input(from)], outputs: [image(to, scale)] },
            { x: new Tensor(from.dtype, data, pixelDims(from, height, width).map(Number)) },
          )
          expect(y?.dims).toEqual(pixelDims(to, height * scale, width * scale))
          const numbers = from.dtype === 'float16' ? Float64Array.from(data, fromHalf) : data
          const expected = encode(to, enlarge(decode(from, numbers), width, scale))
          const got = Array.from(y?.data ?? [], Number)
          expect(got).toHaveLength(expected.length)
          expected.forEach((wanted, i) => {
            const value = got[i]!
            // A byte may fall either way when float32 cannot tell on which side of a half it lies.
            if (to.dtype === 'uint8')
              expect(Math.abs(value - Math.min(255, Math.max(0, wanted)))).toBeLessThanOrEqual(0.5 + 1e-4)
            else
              expect(Math.abs((to.dtype === 'float16' ? fromHalf(value) : value) - wanted)).toBeLessThanOrEqual(
                (to.dtype === 'float16' ? 6e-4 : 4e-6) * Math.max(1, Math.abs(wanted)),
              )
          })
        },
      ),
      { numRuns: 150 },
    )
  })

  it('bit by bit where the bindings are equal, however they are written', async () => {
    const data = Float32Array.of(-0, Infinity, -Infinity, NaN, 3.4e38, 1e-45)
    const feeds = { x: new Tensor('float32', data, [1, 3, 1, 2]) }
    const half = [0.5, 0.5, 0.5]
    const outputs = [image({ ...plain, mean: half, std: half })]
    const { y } = await run({ inputs: [input({ ...plain, mean: half, std: half })], outputs }, feeds)
    expect(y?.data).toEqual(data)
    expect(Object.is(y?.data[0], -0)).toBe(true)
    const written = linkIdentityModel({
      inputs: [input(plain)],
      outputs: [image({ ...plain, mean: [0, 0, 0], std: [1, 1, 1] })],
    })
    expect(written.graph.nodes.map(({ opType }) => opType)).toEqual(['Mul'])
  })

  it('bit by bit where values are only moved', async () => {
    const data = Float32Array.of(-0, 1e-45, 3.4e38, -3.4e38, 0.1, 7)
    const feeds = { x: new Tensor('float32', data, [1, 3, 1, 2]) }
    const { y } = await run(
      { inputs: [input(plain)], outputs: [image({ ...plain, channels: 'BGR', layout: 'NHWC' })] },
      feeds,
    )
    expect(y?.data).toEqual(Float32Array.from([4, 2, 0, 5, 3, 1], (i) => data[i]!))
  })

  it('every byte through every normalisation and back', async () => {
    const bytes: LinkBinding = { layout: 'NHWC', dtype: 'uint8', channels: 'RGB' }
    const data = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3))
    for (const dtype of ['float32', 'float16'] as const)
      for (const [mean, std] of norms) {
        const between: LinkBinding = { layout: 'NCHW', dtype, channels: 'BGR', mean, std }
        const there = await run(
          { inputs: [input(bytes)], outputs: [image(between)] },
          { x: new Tensor('uint8', data, [1, 16, 16, 3]) },
        )
        const back = await run({ inputs: [input(between)], outputs: [image(bytes)] }, { x: there['y']! })
        expect(back['y']?.data).toEqual(data)
      }
  })

  it('bytes are rounded half up and clamped', async () => {
    const scale: LinkBinding = { ...plain, channels: 'GRAY', mean: [0], std: [1 / 255] }
    const data = Float32Array.of(-1, -0.5, 0.49, 0.5, 1.5, 2.5, 254.5, 256)
    const bytes: LinkBinding = { layout: 'NCHW', dtype: 'uint8', channels: 'GRAY' }
    const { y } = await run(
      { inputs: [input(scale)], outputs: [image(bytes)] },
      { x: new Tensor('float32', data, [1, 1, 1, 8]) },
    )
    expect(y?.data).toEqual(Uint8Array.of(0, 0, 0, 1, 2, 3, 255, 255))
  })
})

describe('other inputs and outputs', () => {
  const params: LinkInput[] = [
    { name: 'strength', dtype: 'float32', dims: [1] },
    { name: 'ids', dtype: 'int64', dims: ['n', 2] },
  ]
  const feeds = {
    x: new Tensor('float32', new Float32Array(18), [1, 3, 2, 3]),
    strength: new Tensor('float32', [1], [1]),
    ids: new Tensor('int64', new BigInt64Array(8), [4, 2]),
  }

  it('masks are white, as large as the picture times the scale, in every type and layout', async () => {
    const mask = (name: string, dtype: string, dims: (number | string)[], scale = 1): LinkOutput => ({
      name,
      dtype,
      dims,
      role: 'mask',
      scale,
    })
    const outputs = [
      image(plain),
      mask('first', 'float32', [1, 1, 'h', 'w']),
      mask('last', 'uint8', ['b', 'mask_h', 'mask_w', 1], 2),
      mask('flat', 'float16', ['h', 'w']),
      mask('fixed', 'float32', [1, 1, 5, 7]),
    ]
    const results = await run({ inputs: [...params, input(plain)], outputs }, feeds)
    expect(results['first']).toMatchObject({ dims: [1, 1, 2, 3], data: new Float32Array(6).fill(1) })
    expect(results['last']).toMatchObject({ dims: [1, 4, 6, 1], data: new Uint8Array(24).fill(255) })
    expect(results['flat']).toMatchObject({ dims: [2, 3], data: new Uint16Array(6).fill(0x3c00) })
    expect(results['fixed']).toMatchObject({ dims: [1, 1, 5, 7], data: new Float32Array(35).fill(1) })
  })

  it('data are 0, sized by the inputs whose symbols they share', async () => {
    const data = (name: string, dtype: string, dims: (number | string)[]): LinkOutput => ({
      name,
      dtype,
      dims,
      role: 'data',
    })
    const outputs = [data('a', 'int64', ['n', 3]), data('b', 'float32', []), data('c', 'float32', ['unheard of', 'w'])]
    const results = await run({ inputs: [input(plain), ...params], outputs }, feeds)
    expect(results['a']).toMatchObject({ dims: [4, 3], data: new BigInt64Array(12) })
    expect(results['b']).toMatchObject({ dims: [], data: new Float32Array(1) })
    expect(results['c']).toMatchObject({ dims: [1, 3], data: new Float32Array(3) })
  })

  it('inputs that are no picture stay inputs', () => {
    const found = inspectModel(linkIdentityModel({ inputs: [...params, input(plain)], outputs: [image(plain)] }))
    expect(found.inputs.map(({ name }) => name)).toEqual(['strength', 'ids', 'x'])
  })

  it('several outputs follow the first picture', async () => {
    const second = { ...input(plain), name: 'z' }
    const outputs = [image(plain), image({ ...plain, layout: 'NHWC' }, 2, 'y2')]
    const data = Float32Array.of(1, 2, 3)
    const x = new Tensor('float32', data, [1, 3, 1, 1])
    const z = new Tensor('float32', [9, 9, 9], [1, 3, 1, 1])
    const { y, y2 } = await run({ inputs: [input(plain), second], outputs }, { x, z })
    expect(y?.data).toEqual(data)
    expect(y2).toMatchObject({ dims: [1, 2, 2, 3], data: Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3) })
  })
})
