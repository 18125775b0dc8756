import { beforeAll, describe, expect, it } from 'vitest'
import { type ColorEngine, createImage, planeSizes, type RawImage, rawImage, type TensorFormat } from '../src/index.js'
import { referenceEngine } from '../src/reference/engine.js'
import { openWasm, wasmNames } from './support/wasm.js'

const reference = referenceEngine()
const canary = 0xa5

/** Numbers of 0 <= x < 1 that are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A picture whose rows have canaries behind them, unless it is in the engine's memory. */
function roomy(like: RawImage, slack: number): RawImage {
  const planes = planeSizes(like.format, like.width, like.height).map(({ rowBytes, rows }) => {
    const stride = rowBytes + slack
    return { data: new Uint8Array(stride * rows).fill(canary), stride }
  })
  const { format, width, height, colorSpace } = like
  return rawImage({ format, width, height, planes, colorSpace })
}

/** Calls `see` with every sample of two pictures alike, and checks that nothing lies behind the rows of the first but canaries. */
function compare(found: RawImage, truth: RawImage, see: (difference: number, byte: number) => void): void {
  planeSizes(truth.format, truth.width, truth.height).forEach(({ rowBytes, rows }, p) => {
    const [a, b] = [found.planes[p]!, truth.planes[p]!]
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < rowBytes; x++) see(Math.abs(a.data[y * a.stride + x]! - b.data[y * b.stride + x]!), x)
      const behind = a.data.subarray(y * a.stride + rowBytes, (y + 1) * a.stride)
      expect(behind.every((value) => value === canary)).toBe(true)
    }
  })
}

function randomTensor(random: () => number, width: number, height: number): TensorFormat {
  const three = (low: number, high: number): number[] => [0, 1, 2].map(() => low + random() * (high - low))
  return {
    width,
    height,
    layout: 'NCHW',
    dtype: 'float32',
    channels: random() < 0.5 ? 'RGB' : 'BGR',
    mean: three(0.2, 0.6),
    std: three(0.2, 0.6),
  }
}

/** Values that leave 0..255 on both sides, and now and then what is no number. */
function values(random: () => number, count: number): Float32Array {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return Float32Array.from({ length: count }, () =>
    random() < 0.01 ? odd[Math.floor(random() * 3)]! : random() * 5 - 2,
  )
}

/** Alpha that is 255 but for what `hole` says, under colour of any value. */
function withAlpha(random: () => number, image: RawImage, kind: 'opaque' | 'hole' | 'varied'): RawImage {
  const { data, stride } = image.planes[0]!
  const hole = [Math.floor(random() * image.width), Math.floor(random() * image.height)]
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      for (let c = 0; c < 4; c++) data[y * stride + x * 4 + c] = Math.floor(random() * 256)
      if (kind === 'opaque' || (kind === 'hole' && (x !== hole[0] || y !== hole[1]))) data[y * stride + x * 4 + 3] = 255
    }
  }
  return image
}

const sizes = [
  [1, 1],
  [2, 3],
  [15, 4],
  [16, 16],
  [33, 21],
  [64, 64],
  [301, 60],
] as const

describe.each(wasmNames)('%s unpacks', (name) => {
  let engine: ColorEngine
  beforeAll(async () => {
    engine = await openWasm(name)
  })

  it.each(sizes)(
    '%ix%i with the alpha of an image, of any size and any alpha, as the reference does',
    (width, height) => {
      const random = numbers(width * 1000 + height)
      const others = [
        [width, height] as const,
        [Math.ceil(width / 2), Math.ceil(height / 2)] as const,
        [47, 95] as const,
      ]
      for (const [w, h] of others) {
        for (const kind of ['opaque', 'hole', 'varied'] as const) {
          const tensor = randomTensor(random, width, height)
          const data = values(random, width * height * 3)
          const format = random() < 0.5 ? 'RGBA' : 'BGRA'
          const own = random() < 0.3
          const given = own ? engine.allocate('RGBA', w, h) : roomy(createImage('BGRA', w, h), Math.floor(random() * 9))
          const alpha = withAlpha(random, given, kind)
          const plain = createImage(format, width, height)
          const target =
            random() < 0.3 ? engine.allocate(format, width, height) : roomy(plain, Math.floor(random() * 9))
          const truth = reference.unpack(data, tensor, { format, alpha })
          const found = engine.unpack(data, tensor, { format, alpha }, target)
          const worst = { colour: 0, alpha: 0 }
          compare(found, truth, (difference, byte) => {
            const channel = byte % 4 === 3 ? 'alpha' : 'colour'
            worst[channel] = Math.max(worst[channel], difference)
          })
          expect(worst.colour).toBeLessThanOrEqual(1)
          expect(worst.alpha).toBeLessThanOrEqual(w === width && h === height ? 0 : 1)
        }
      }
    },
  )

  it('keeps the alpha of the last pixel of any width apart from its neighbours', () => {
    for (let width = 1; width <= 35; width++) {
      const tensor: TensorFormat = { width, height: 3, layout: 'NCHW', dtype: 'float32', channels: 'RGB' }
      const data = new Float32Array(width * 9).fill(0.5)
      for (const alphaWidth of [width, 2 * width]) {
        const alpha = createImage('RGBA', alphaWidth, 3)
        alpha.planes[0]!.data.fill(255)
        alpha.planes[0]!.data[alphaWidth * 12 - 1] = 9
        const { planes } = engine.unpack(data, tensor, { format: 'RGBA', alpha, kernel: 'nearest' })
        const truth = reference.unpack(data, tensor, { format: 'RGBA', alpha, kernel: 'nearest' })
        expect(planes[0]!.data).toEqual(truth.planes[0]!.data)
      }
    }
  })

  describe.each(['smpte170m', 'bt709', 'bt2020-ncl'] as const)('to 4:2:0 of %s', (matrix) => {
    it.each([false, true])('within one step, at most one in a hundred off, full range: %s', (fullRange) => {
      const random = numbers(fullRange ? 7 : 11)
      let [samples, differing, worst] = [0, 0, 0]
      for (const [width, height] of sizes) {
        for (const format of ['I420', 'NV12', 'NV21'] as const) {
          const [x, y] = [Math.floor(random() * 4), Math.floor(random() * 4)]
          const tensor = randomTensor(random, width + x, height + y)
          const data = values(random, tensor.width * tensor.height * 3)
          const colorSpace = { matrix, fullRange }
          const down = random() < 0.2 ? 'cosited' : 'mean'
          // The tensor's pixels from (x, y) on.
          const to = { format, width, height, colorSpace, chroma: { down }, transform: [1, 0, -x, 0, 1, -y] } as const
          const plain = createImage(format, width, height, colorSpace)
          const own = random() < 0.3
          const target = own
            ? engine.allocate(format, width, height, colorSpace)
            : roomy(plain, Math.floor(random() * 9))
          compare(engine.unpack(data, tensor, to, target), reference.unpack(data, tensor, to), (difference) => {
            samples++
            if (difference > 0) differing++
            worst = Math.max(worst, difference)
          })
        }
      }
      expect(worst).toBeLessThanOrEqual(1)
      expect(differing / samples).toBeLessThanOrEqual(0.01)
    })
  })
})
