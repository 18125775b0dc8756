import { describe, expect, it } from 'vitest'
import { type YuvCoefficients, yuvCoefficients } from '../src/color-space.js'
import { type ColorEngine, type ColorSpace, createImage, type RawImage } from '../src/index.js'
import { chromaFromRgb, clampPixel, luma, rgbFromYuv, storeLuma, toByte } from '../src/reference/color.js'
import { openWasm, wasmNames } from './support/wasm.js'

// Every one of 2^24 triples, in slabs of 512 x 512 pixels: U (or red) along x, V (or green) along y.
const side = 512
const slabPixels = side * side
const all = 2 ** 24

const spaces: readonly ColorSpace[] = (['smpte170m', 'bt709', 'bt2020-ncl'] as const).flatMap((matrix) => [
  { matrix, fullRange: false },
  { matrix, fullRange: true },
])

/** The worst difference of each channel, and how many samples differed. */
class Tally {
  readonly worst = [0, 0, 0]
  readonly differing = [0, 0, 0]

  add(channel: number, difference: number): void {
    if (difference === 0) return
    const size = Math.abs(difference)
    this.differing[channel]!++
    if (size > this.worst[channel]!) this.worst[channel] = size
  }
}

async function withEngines<T>(use: (engines: readonly ColorEngine[]) => T): Promise<T> {
  const engines = await Promise.all(wasmNames.map((name) => openWasm(name)))
  try {
    return use(engines)
  } finally {
    for (const engine of engines) engine[Symbol.dispose]()
  }
}

function chromaSlab(space: ColorSpace): RawImage {
  const image = createImage('I420', side, side, space)
  const [, u, v] = image.planes
  for (let i = 0; i < 65536; i++) {
    u!.data[i] = i & 255
    v!.data[i] = i >> 8
  }
  return image
}

/** Each 2 x 2 block of slab s holds four values of Y. */
function fillLuma(image: RawImage, slab: number): void {
  const { data } = image.planes[0]!
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data[y * side + x] = slab * 4 + (y & 1) * 2 + (x & 1)
}

/** Calls `see` with the true RGB of every pixel of a slab. */
function eachRgb(
  k: YuvCoefficients,
  image: RawImage,
  see: (i: number, rgb: readonly [number, number, number]) => void,
): void {
  const { data } = image.planes[0]!
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const i = y * side + x
      see(i, rgbFromYuv(k, data[i]!, x >> 1, y >> 1))
    }
  }
}

describe.each(spaces)('every colour of $matrix fullRange=$fullRange', (space) => {
  const k = yuvCoefficients(space)

  it('goes from YUV to RGB within one step, at most one in a hundred off', async () => {
    const tallies = await withEngines((engines) => {
      const image = chromaSlab(space)
      const outs = engines.map(() => createImage('RGBA', side, side))
      const found = engines.map(() => new Tally())
      for (let slab = 0; slab < 64; slab++) {
        fillLuma(image, slab)
        engines.forEach((engine, e) => {
          engine.convert(image, { format: 'RGBA' }, outs[e])
        })
        const bytes = outs.map((out) => out.planes[0]!.data)
        eachRgb(k, image, (i, [r, g, b]) => {
          const [red, green, blue] = [toByte(r), toByte(g), toByte(b)]
          for (let e = 0; e < bytes.length; e++) {
            const data = bytes[e]!
            found[e]!.add(0, data[i * 4]! - red)
            found[e]!.add(1, data[i * 4 + 1]! - green)
            found[e]!.add(2, data[i * 4 + 2]! - blue)
          }
        })
      }
      return found
    })
    for (const { worst, differing } of tallies) {
      expect(Math.max(...worst)).toBeLessThanOrEqual(1)
      expect(Math.max(...differing) / all).toBeLessThanOrEqual(0.01)
    }
  })

  it('goes from RGB to YUV within one step, at most one in a hundred off', async () => {
    const tallies = await withEngines((engines) => {
      const image = createImage('RGBA', side, side)
      const outs = engines.map(() => createImage('I420', side, side, space))
      const found = engines.map(() => new Tally())
      const { data } = image.planes[0]!
      for (let i = 0; i < slabPixels; i++) {
        data[i * 4] = (i % side) >> 1
        data[i * 4 + 1] = i >> 10
      }
      for (let blue = 0; blue < 256; blue++) {
        for (let i = 0; i < slabPixels; i++) data[i * 4 + 2] = blue
        engines.forEach((engine, e) => {
          engine.convert(image, { format: 'I420', colorSpace: space }, outs[e])
        })
        for (let i = 0; i < 65536; i++) {
          const [red, green] = [i & 255, i >> 8]
          const y = toByte(storeLuma(k, luma(k, red, green, blue)))
          const [u, v] = chromaFromRgb(k, red, green, blue).map(toByte)
          for (let e = 0; e < outs.length; e++) {
            const [ys, us, vs] = outs[e]!.planes
            found[e]!.add(0, ys!.data[green * 2 * side + red * 2]! - y)
            found[e]!.add(1, us!.data[i]! - u!)
            found[e]!.add(2, vs!.data[i]! - v!)
          }
        }
      }
      return found
    })
    for (const { worst, differing } of tallies) {
      expect(Math.max(...worst)).toBeLessThanOrEqual(1)
      expect(Math.max(...differing) / all).toBeLessThanOrEqual(0.01)
    }
  })

  it('becomes float32 within 1e-4 of a step', async () => {
    const worst = await withEngines((engines) => {
      const image = chromaSlab(space)
      const mean = [0.485, 0.456, 0.406]
      const std = [0.229, 0.224, 0.225]
      const tensor = {
        width: side,
        height: side,
        layout: 'NCHW',
        dtype: 'float32',
        channels: 'RGB',
        mean,
        std,
      } as const
      const outs = engines.map(() => new Float32Array(slabPixels * 3))
      let most = 0
      for (let slab = 0; slab < 64; slab++) {
        fillLuma(image, slab)
        engines.forEach((engine, e) => {
          engine.pack(image, tensor, {}, outs[e])
        })
        eachRgb(k, image, (i, rgb) => {
          for (let channel = 0; channel < 3; channel++) {
            const step = 255 * std[channel]!
            const truth = (clampPixel(rgb[channel]!) / 255 - mean[channel]!) / std[channel]!
            for (let e = 0; e < outs.length; e++) {
              const off = Math.abs(outs[e]![channel * slabPixels + i]! - truth) * step
              if (off > most) most = off
            }
          }
        })
      }
      return most
    })
    expect(worst).toBeLessThanOrEqual(1e-4)
  })
})
