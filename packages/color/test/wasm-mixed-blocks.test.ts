import { expect, it } from 'vitest'
import { yuvCoefficients } from '../src/color-space.js'
import { type ColorSpace, createImage, type PixelFormat, type RawImage } from '../src/index.js'
import { chromaFromRgb, luma, storeLuma, toByte } from '../src/reference/color.js'
import { openWasm, wasmNames } from './support/wasm.js'

// Four colours a block that have nothing to do with each other: chroma is of their mean, luma of each.
const side = 512
const blocks = (side / 2) ** 2
const channels = { RGBA: 4, BGRA: 4, RGB: 3, BGR: 3 } as const
type Packed = keyof typeof channels

/** mulberry32 */
function randomBytes(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) & 255
  }
}

/** Noise: every level, or black and white alone in each channel. */
function noise(format: Packed, extremes: boolean, seed: number): RawImage {
  const image = createImage(format, side, side)
  const next = randomBytes(seed)
  const [plane] = image.planes
  plane!.data.forEach((_, i, data) => {
    data[i] = extremes ? 255 * (next() & 1) : next()
  })
  return image
}

function pixelOf({ format, planes }: RawImage, x: number, y: number): readonly [number, number, number] {
  const step = channels[format as Packed]
  const { data, stride } = planes[0]!
  const [a, b, c] = [0, 1, 2].map((i) => data[y * stride + x * step + i]!) as [number, number, number]
  return format.startsWith('B') ? [c, b, a] : [a, b, c]
}

/** How often a sample differs from the formulas by one; throws when one differs by more. */
function share(image: RawImage, found: RawImage, space: ColorSpace): number {
  const k = yuvCoefficients(space)
  let off = 0
  const see = (sample: number, exact: number): void => {
    const difference = Math.abs(sample - toByte(exact))
    if (difference > 1) throw new Error(`${sample} is not ${exact}`)
    off += difference
  }
  const [y, first, second] = found.planes
  const chroma = (i: number, j: number): readonly [number, number] => {
    const at = j * first!.stride
    if (found.format === 'I420') return [first!.data[at + i]!, second!.data[at + i]!]
    const pair = [first!.data[at + 2 * i]!, first!.data[at + 2 * i + 1]!] as const
    return found.format === 'NV12' ? pair : [pair[1], pair[0]]
  }
  for (let j = 0; j < side / 2; j++) {
    for (let i = 0; i < side / 2; i++) {
      const sum = [0, 0, 0]
      for (const [dx, dy] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        const [r, g, b] = pixelOf(image, 2 * i + dx, 2 * j + dy)
        see(y!.data[(2 * j + dy) * y!.stride + 2 * i + dx]!, storeLuma(k, luma(k, r, g, b)))
        ;[r, g, b].forEach((value, c) => {
          sum[c]! += value
        })
      }
      const [r, g, b] = sum.map((value) => value / 4) as [number, number, number]
      const [u, v] = chroma(i, j)
      const [exactU, exactV] = chromaFromRgb(k, r, g, b)
      see(u, exactU)
      see(v, exactV)
    }
  }
  return off / (6 * blocks)
}

const cases = (['smpte170m', 'bt709', 'bt2020-ncl'] as const).flatMap((matrix) =>
  [false, true].map((fullRange) => ({ matrix, fullRange })),
)
const pairs: readonly (readonly [Packed, PixelFormat])[] = [
  ['RGBA', 'I420'],
  ['BGRA', 'NV12'],
  ['RGB', 'NV21'],
  ['BGR', 'I420'],
]

it.each(cases)(
  'mixed 2x2 blocks to $matrix fullRange=$fullRange: within one step, at most one in a hundred off',
  async (space) => {
    for (const name of wasmNames) {
      const engine = await openWasm(name)
      for (const [from, format] of pairs) {
        for (const extremes of [false, true]) {
          const image = noise(from, extremes, extremes ? 11 : 12)
          const found = engine.convert(image, { format, colorSpace: space })
          expect(share(image, found, space), `${name} ${from} -> ${format}`).toBeLessThanOrEqual(0.01)
        }
      }
      engine[Symbol.dispose]()
    }
  },
)
