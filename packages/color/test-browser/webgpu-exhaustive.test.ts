import { createImage, type RawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GpuColorEngine, openGpuColorEngine } from '../src/webgpu/index.js'
import { dom, requestDevice } from './gpu.js'

// The formulas of ITU-R BT.601, BT.709 and BT.2020 once more, in float64, beside those of the sources.
const spaces = [
  { matrix: 'smpte170m', kr: 0.299, kb: 0.114 },
  { matrix: 'bt709', kr: 0.2126, kb: 0.0722 },
  { matrix: 'bt2020-ncl', kr: 0.2627, kb: 0.0593 },
].flatMap((space) => [
  { ...space, fullRange: false, a: 255 / 219, c: 255 / 224, o: 16 },
  { ...space, fullRange: true, a: 1, c: 1, o: 0 },
])
type Space = (typeof spaces)[number]

const toByte = (x: number): number => Math.min(255, Math.max(0, Math.floor(x + 0.5)))

let engine: GpuColorEngine
beforeAll(async () => {
  engine = await openGpuColorEngine(dom(await requestDevice()))
})
afterAll(() => engine.dispose())

/** A 4:2:0 picture of blocks with every U and V, 2048 / 256 = 8 times each way: so many sets of four luma levels. */
function yuvPicture({ matrix, fullRange }: Space): RawImage {
  const image = createImage('I420', 4096, 4096, { matrix, fullRange })
  const [y, u, v] = image.planes.map(({ data }) => data)
  for (let row = 0; row < 2048; row++) {
    for (let column = 0; column < 2048; column++) {
      const block = row * 2048 + column
      u![block] = column & 255
      v![block] = row & 255
      const first = ((row >> 8) * 8 + (column >> 8)) * 4
      const at = row * 2 * 4096 + column * 2
      y!.set([first, first + 1], at)
      y!.set([first + 2, first + 3], at + 4096)
    }
  }
  return image
}

interface Tally {
  most: number
  differing: number
}

function count(tally: Tally, found: number, expected: number): void {
  const distance = Math.abs(found - toByte(expected))
  if (distance === 0) return
  tally.differing++
  if (distance > tally.most) tally.most = distance
}

const samples = 2 ** 24

describe('every colour', () => {
  it.each(spaces)('$matrix fullRange=$fullRange: all 2^24 (Y, U, V) to RGBA', async (space) => {
    const { kr, kb, a, c, o } = space
    const kg = 1 - kr - kb
    const image = yuvPicture(space)
    const [luma, chromaU, chromaV] = image.planes.map(({ data }) => data)
    using picture = engine.convert(image, { format: 'RGBA' })
    const rgba = (await picture.read()).planes[0]!.data
    const tally = { most: 0, differing: 0 }
    for (let i = 0; i < samples; i++) {
      const block = (i >> 13) * 2048 + ((i & 4095) >> 1)
      const [y, u, v] = [a * (luma![i]! - o), c * (chromaU![block]! - 128), c * (chromaV![block]! - 128)]
      count(tally, rgba[i * 4]!, y + 2 * (1 - kr) * v)
      count(tally, rgba[i * 4 + 1]!, y - (2 * kb * (1 - kb) * u + 2 * kr * (1 - kr) * v) / kg)
      count(tally, rgba[i * 4 + 2]!, y + 2 * (1 - kb) * u)
    }
    expect(tally.most).toBeLessThanOrEqual(1)
    expect(tally.differing / (samples * 3)).toBeLessThanOrEqual(0.01)
  })

  // SwiftShader takes seconds for 2^24 pixels: of the 2^24 colours every fourth, the phase going round with red and green.
  it.each(spaces)(
    '$matrix fullRange=$fullRange: 2^22 uniform (R, G, B) blocks to NV12',
    async ({ matrix, fullRange, kr, kb, a, c, o }) => {
      const kg = 1 - kr - kb
      const image = createImage('RGBA', 4096, 4096)
      const pixels = new Uint32Array(image.planes[0]!.data.buffer)
      // Red goes with the row of 8 blocks' rows, green with the column, blue with both remainders.
      const color = (row: number, column: number): readonly [number, number, number] => {
        const [r, g] = [row >> 3, column >> 3]
        return [r, g, ((row & 7) * 8 + (column & 7)) * 4 + ((r + g) & 3)]
      }
      for (let row = 0; row < 2048; row++) {
        for (let column = 0; column < 2048; column++) {
          const [r, g, b] = color(row, column)
          const word = (r | (g << 8) | (b << 16) | 0xff000000) >>> 0
          const at = row * 8192 + column * 2
          pixels[at] = word
          pixels[at + 1] = word
          pixels[at + 4096] = word
          pixels[at + 4097] = word
        }
      }
      using picture = engine.convert(image, { format: 'NV12', colorSpace: { matrix, fullRange } })
      const [luma, chroma] = (await picture.read()).planes.map(({ data }) => data)
      const tally = { most: 0, differing: 0 }
      for (let row = 0; row < 2048; row++) {
        for (let column = 0; column < 2048; column++) {
          const [r, g, b] = color(row, column)
          const y = kr * r + kg * g + kb * b
          const at = row * 8192 + column * 2
          for (const i of [at, at + 1, at + 4096, at + 4097]) count(tally, luma![i]!, y / a + o)
          const block = (row * 2048 + column) * 2
          count(tally, chroma![block]!, (b - y) / (2 * (1 - kb) * c) + 128)
          count(tally, chroma![block + 1]!, (r - y) / (2 * (1 - kr) * c) + 128)
        }
      }
      expect(tally.most).toBeLessThanOrEqual(1)
      expect(tally.differing / (samples * 1.5)).toBeLessThanOrEqual(0.01)
    },
  )

  it.each(spaces)(
    '$matrix fullRange=$fullRange: 2^22 (Y, U, V) to a float tensor, to 1e-4 of a step',
    async (space) => {
      const { kr, kb, a, c, o } = space
      const kg = 1 - kr - kb
      const image = yuvPicture(space)
      const [luma, chromaU, chromaV] = image.planes.map(({ data }) => data)
      const tensor = { width: 2048, height: 2048, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
      // From (1024, 1024) on: 16 of the 64 sets of luma levels, each whole.
      using packed = engine.pack(image, tensor, { crop: { x: 1024, y: 1024, width: 2048, height: 2048 } })
      const data = (await packed.read()) as Float32Array
      let most = 0
      const plane = 2048 * 2048
      const clamp = (value: number): number => Math.min(255, Math.max(0, value))
      for (let i = 0; i < plane; i++) {
        const [x, row] = [1024 + (i & 2047), 1024 + (i >> 11)]
        const block = (row >> 1) * 2048 + (x >> 1)
        const [y, u, v] = [a * (luma![row * 4096 + x]! - o), c * (chromaU![block]! - 128), c * (chromaV![block]! - 128)]
        const r = Math.abs(data[i]! * 255 - clamp(y + 2 * (1 - kr) * v))
        const g = Math.abs(data[plane + i]! * 255 - clamp(y - (2 * kb * (1 - kb) * u + 2 * kr * (1 - kr) * v) / kg))
        const b = Math.abs(data[2 * plane + i]! * 255 - clamp(y + 2 * (1 - kb) * u))
        if (!(r <= most && g <= most && b <= most)) most = Math.max(r, g, b)
      }
      expect(most).toBeLessThanOrEqual(1e-4)
    },
  )
})
