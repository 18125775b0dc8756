import { type PixelFormat, planeSizes, type RawImage, rawImage } from '@i2i/color'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Steadier } from '../src/stream/steady.js'
import { fakeBackend, loadFake } from './fake-backend.js'

const formats = ['RGB', 'RGBA', 'GRAY', 'I420', 'NV12'] as const

/** A picture whose samples `value` gives, by plane, row and byte in the row; rows may be padded. */
function picture(
  format: PixelFormat,
  width: number,
  height: number,
  value: (x: number, y: number, plane: number) => number,
  padding = 0,
): RawImage {
  const planes = planeSizes(format, width, height).map(({ rowBytes, rows }, plane) => {
    const stride = rowBytes + padding
    const data = new Uint8Array(stride * rows).fill(222)
    for (let y = 0; y < rows; y++) for (let x = 0; x < rowBytes; x++) data[y * stride + x] = value(x, y, plane)
    return { data, stride }
  })
  return rawImage({ format, width, height, planes })
}

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** Smooth and textured at once, and the same wherever a window of it lies. */
const scene = (x: number, y: number): number =>
  128 + 50 * Math.sin(x / 9 + y / 23) + 40 * Math.cos(y / 8 - x / 31) + 20 * Math.sin((x + y) / 5)

const bytes = (image: RawImage): number[] => image.planes.flatMap(({ data }) => Array.from(data))

const deviation = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0)

describe('a steadier', () => {
  it('leaves no sample further from the model than its bound, whatever came before, and no byte beside the rows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (format, width, height, steady, seed) => {
          const next = random(seed)
          const steadier = new Steadier(steady)
          const still = picture(format, width, height, (x, y) => scene(x, y))
          for (let i = 0; i < 6; i++) {
            const level = next() * 255
            const model = picture(format, width, height, () => level + (next() - 0.5) * 60, 3)
            const before = bytes(model)
            steadier.retouch(model, still)
            expect(deviation(bytes(model), before)).toBeLessThanOrEqual(0.9 * steady * 16 + 1)
            const { rowBytes } = planeSizes(format, width, height)[0] ?? { rowBytes: 0 }
            expect(Array.from(model.planes[0]?.data.subarray(rowBytes, rowBytes + 3) ?? [])).toEqual([222, 222, 222])
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each(formats)('calms flicker where the source stands still, and arrives at what stays: %s', (format) => {
    const next = random(3)
    const steadier = new Steadier(1)
    const source = picture(format, 48, 32, (x, y) => scene(x, y))
    const frames = Array.from({ length: 40 }, () => {
      const model = picture(format, 48, 32, (x, y) => scene(y, x) + (next() - 0.5) * 16)
      const raw = bytes(model)
      steadier.retouch(model, source)
      return { raw, steady: bytes(model) }
    }).slice(10)
    const flicker = (kind: 'raw' | 'steady'): number =>
      frames.slice(1).reduce((sum, frame, t) => {
        return sum + frame[kind].reduce((all, value, i) => all + Math.abs(value - (frames[t]?.[kind][i] ?? 0)), 0)
      }, 0)
    expect(flicker('steady')).toBeLessThan(0.2 * flicker('raw'))
    let calm = picture(format, 48, 32, (x, y) => scene(y, x))
    const wanted = bytes(calm)
    for (let i = 0; i < 60; i++) {
      calm = picture(format, 48, 32, (x, y) => scene(y, x))
      steadier.retouch(calm, source)
    }
    expect(bytes(calm)).toEqual(wanted)
  })

  it('takes what moves as it is: an object on a still ground leaves no trail', () => {
    const steadier = new Steadier(1)
    const at = (t: number) => (x: number, y: number) =>
      x >= 10 + 6 * t && x < 26 + 6 * t && y >= 16 && y < 32 ? 200 : 140 + 0.2 * scene(x, y)
    for (let t = 0; t < 8; t++) {
      const source = picture('GRAY', 96, 48, at(t))
      const model = picture('GRAY', 96, 48, at(t))
      const raw = bytes(model)
      steadier.retouch(model, source)
      // 40 levels of contrast would leave 15 to 20 of a plain average.
      expect(deviation(bytes(model), raw)).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    [3, 1],
    [-5, 4],
    [0, -2],
    [7, 0],
  ])('follows a picture that moves as a whole, by %i and %i', (dx, dy) => {
    for (const format of ['RGB', 'NV12'] as const) {
      const next = random(5)
      const steadier = new Steadier(0.9)
      const bytesOf = planeSizes(format, 1, 1).map(({ rowBytes }) => rowBytes)
      const halved = (plane: number): number => (plane === 0 ? 1 : 2)
      let [raw, steady] = [0, 0]
      for (let t = 0; t < 12; t++) {
        const at = (x: number, y: number, plane: number): number => {
          const column = Math.floor(x / (bytesOf[plane] ?? 1)) * halved(plane)
          return scene(column - dx * t + 300, y * halved(plane) - dy * t + 200)
        }
        const source = picture(format, 96, 64, at)
        const model = picture(format, 96, 64, (x, y, plane) => at(x, y, plane) + (next() - 0.5) * 16)
        const before = bytes(model)
        const truth = bytes(source)
        steadier.retouch(model, source)
        if (t < 4) continue
        const [{ rowBytes } = { rowBytes: 0 }] = planeSizes(format, 96, 64)
        // What has just come in at the edge has no frame before.
        const off = (pixels: number[]): number => {
          let sum = 0
          for (let y = 24; y < 40; y++) {
            for (let i = y * rowBytes + rowBytes / 4; i < y * rowBytes + (3 * rowBytes) / 4; i++) {
              sum += Math.abs((pixels[i] ?? 0) - (truth[i] ?? 0))
            }
          }
          return sum
        }
        raw += off(before)
        steady += off(bytes(model))
      }
      expect(steady, format).toBeLessThan(0.75 * raw)
    }
  })

  it('starts anew at another size', () => {
    const steadier = new Steadier(1)
    for (const [width, height] of [
      [16, 16],
      [24, 8],
      [8, 24],
      [16, 16],
    ] as const) {
      const model = picture('I420', width, height, (x, y) => scene(x, y))
      const raw = bytes(model)
      steadier.retouch(
        model,
        picture('RGB', width, height, () => 7),
      )
      expect(bytes(model)).toEqual(raw)
    }
  })
})

it('steady: 0.8 calms a stream whose model flickers, and translate() beside it is left alone', async () => {
  const next = random(9)
  await using translator = await loadFake(
    {},
    {
      backend: fakeBackend(({ x }) => {
        if (x?.location !== 'cpu') throw new Error('expected a CPU tensor')
        const flicker = (next() - 0.5) * 0.06
        return { y: { ...x, data: Float32Array.from(x.data as Float32Array, (value) => value + flicker) } }
      }),
    },
  )
  const source = picture('RGB', 32, 32, (x, y) => scene(x, y))
  const mean = ({ planes: [plane] }: RawImage): number =>
    Array.from(plane?.data ?? []).reduce((sum, value) => sum + value, 0) / (plane?.data.length ?? 1)
  const wander = async (frames: () => Promise<RawImage>): Promise<number> => {
    let [sum, last] = [0, mean(await frames())]
    for (let i = 0; i < 30; i++) {
      const now = mean(await frames())
      sum += Math.abs(now - last)
      last = now
    }
    return sum
  }
  const raw = await wander(async () => (await translator.translate(source)).image)
  const { readable, writable } = translator.translateStream<RawImage>({ steady: 0.8 })
  const [reader, writer] = [readable.getReader(), writable.getWriter()]
  const steady = await wander(async () => {
    void writer.write(source)
    const { value } = await reader.read()
    return value ?? source
  })
  expect(steady).toBeLessThan(0.5 * raw)
  const after = await wander(async () => (await translator.translate(source)).image)
  expect(after).toBeGreaterThan(1.5 * steady)
  await writer.close()
})
