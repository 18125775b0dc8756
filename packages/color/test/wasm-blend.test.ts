import { expect, it } from 'vitest'
import { yuvCoefficients } from '../src/color-space.js'
import { createImage, type I2iErrorCode, type RawImage } from '../src/index.js'
import { chromaFromRgb, luma, storeLuma, toByte } from '../src/reference/color.js'
import { openWasm, wasmNames } from './support/wasm.js'

const code = (expected: I2iErrorCode) => expect.objectContaining({ code: expected })
const [width, height] = [21, 7]
const tensor = { width, height, layout: 'NHWC', dtype: 'float32', channels: 'RGB' } as const

function noise(i: number): number {
  return ((Math.imul(i + 1, 2654435761) >>> 8) & 0xffff) / 0xffff
}

const result = Float32Array.from({ length: width * height * 3 }, (_, i) => noise(i))
const mask = Float32Array.from({ length: width * height }, (_, i) => noise(i + 5000))

function painted(image: RawImage): RawImage {
  for (const { data } of image.planes) for (let i = 0; i < data.length; i++) data[i] = Math.floor(noise(i + 9000) * 256)
  return image
}

/** The weight of pixel (x, y): the mask's, times the way from the nearest edges. */
function weight(x: number, y: number, masked: boolean, feather: number): number {
  const way = (i: number, length: number): number =>
    feather === 0 ? 1 : Math.min(1, (Math.min(i, length - 1 - i) + 0.5) / feather)
  return (masked ? mask[y * width + x]! : 1) * way(x, width) * way(y, height)
}

function rgbAt(x: number, y: number): [number, number, number] {
  const i = (y * width + x) * 3
  return [result[i]! * 255, result[i + 1]! * 255, result[i + 2]! * 255]
}

const ways = [
  { masked: true, feather: 0 },
  { masked: false, feather: 4 },
  { masked: true, feather: 2.5 },
]

for (const name of wasmNames) {
  for (const { masked, feather } of ways) {
    const blend = { ...(masked && { mask }), feather }

    it(`${name} lays a result over packed pixels: mask ${masked}, feather ${feather}`, async () => {
      const engine = await openWasm(name)
      for (const target of [
        painted(createImage('BGRA', width, height)),
        painted(engine.allocate('BGRA', width, height)),
      ]) {
        const under = target.planes[0]!.data.slice()
        engine.unpackBlend(result, tensor, { format: 'BGRA' }, target, blend)
        for (let i = 0; i < width * height; i++) {
          const w = weight(i % width, Math.floor(i / width), masked, feather)
          const [r, g, b] = rgbAt(i % width, Math.floor(i / width))
          ;[b, g, r, 255].forEach((value, channel) => {
            const old = under[i * 4 + channel]!
            expect(
              Math.abs(target.planes[0]!.data[i * 4 + channel]! - toByte(old + (value - old) * w)),
            ).toBeLessThanOrEqual(1)
          })
        }
      }
    })

    it.each(['I420', 'NV21'] as const)(
      `${name} lays a result over %s: mask ${masked}, feather ${feather}`,
      async (format) => {
        const engine = await openWasm(name)
        const space = { matrix: 'bt709', fullRange: false } as const
        const k = yuvCoefficients(space)
        const target = painted(createImage(format, width, height, space))
        const under = target.planes.map(({ data }) => Uint8Array.from(data))
        engine.unpackBlend(result, tensor, { format }, target, blend)
        const chromaAt = (planes: readonly Uint8Array[], i: number): readonly number[] =>
          format === 'I420' ? [planes[1]![i]!, planes[2]![i]!] : [planes[1]![2 * i + 1]!, planes[1]![2 * i]!]
        const after = target.planes.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        for (let y = 0; y < height; y += 2) {
          for (let x = 0; x < width; x += 2) {
            const i = (y / 2) * Math.ceil(width / 2) + x / 2
            const old = chromaAt(under, i)
            const sums = [0, 0]
            let pixels = 0
            for (const [px, py] of [
              [x, y],
              [x + 1, y],
              [x, y + 1],
              [x + 1, y + 1],
            ] as const) {
              if (px >= width || py >= height) continue
              const w = weight(px, py, masked, feather)
              const [r, g, b] = rgbAt(px, py)
              const oldY = under[0]![py * width + px]!
              const value = storeLuma(k, luma(k, r, g, b))
              expect(Math.abs(after[0]![py * width + px]! - toByte(oldY + (value - oldY) * w))).toBeLessThanOrEqual(1)
              chromaFromRgb(k, r, g, b).forEach((c, j) => {
                sums[j]! += old[j]! + (c - old[j]!) * w
              })
              pixels++
            }
            chromaAt(after, i).forEach((c, j) => {
              expect(Math.abs(c - toByte(sums[j]! / pixels))).toBeLessThanOrEqual(1)
            })
          }
        }
      },
    )
  }
}

it('leaves what is outside the geometry, and refuses a mask of another size', async () => {
  const engine = await openWasm('wasm-simd')
  const target = painted(createImage('RGB', 60, 40))
  const under = target.planes[0]!.data.slice()
  // The tensor's pixels are those of the picture from (20, 10) on.
  engine.unpackBlend(
    result,
    tensor,
    { format: 'RGB', width: 60, height: 40, transform: [1, 0, 20, 0, 1, 10], pad: [0, 0, 0] },
    target,
    {},
  )
  for (let y = 0; y < 40; y++) {
    for (let x = 0; x < 60; x++) {
      const i = (y * 60 + x) * 3
      const inside = x >= 20 && x < 20 + width && y >= 10 && y < 10 + height
      const expected = inside ? rgbAt(x - 20, y - 10).map(toByte) : [...under.subarray(i, i + 3)]
      expect([...target.planes[0]!.data.subarray(i, i + 3)]).toEqual(expected)
    }
  }
  const wrong = { mask: new Float32Array(5) }
  expect(() => engine.unpackBlend(result, tensor, { format: 'RGB' }, target, wrong)).toThrow(code('SHAPE_MISMATCH'))
})
