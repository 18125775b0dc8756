import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inputGeometry, outputTransform, resultSize, sourceRegion } from '../src/geometry.js'
import { manifest, rgb } from './fake-backend.js'

const sides = fc.integer({ min: 1, max: 5000 })

it('extends to a multiple and resizes nothing that was not too large', () => {
  fc.assert(
    fc.property(
      sides,
      sides,
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 4096, max: 4e6 }),
      (width, height, multipleOf, maxPixels) => {
        const region = { x: 3, y: 5, width, height }
        const input = { ...rgb, size: { multipleOf, maxPixels } }
        const { size, pack, resize } = inputGeometry(manifest({ input }), region)
        expect([size.width % multipleOf, size.height % multipleOf]).toEqual([0, 0])
        const [a = 0, , c, , e = 0, f] = pack.affine ?? []
        expect([c, f]).toEqual([3, 5])
        if (width * height <= maxPixels) {
          expect(resize).toBeUndefined()
          expect([a, e]).toEqual([1, 1])
          expect(size.width - width).toBeLessThan(multipleOf)
        } else {
          expect(resize?.choice).toMatch(`${width}x${height} -> `)
          expect(size.width * size.height).toBeLessThanOrEqual(maxPixels)
          // The picture before it is extended stays within maxPixels and within a pixel of the source's aspect.
          const inner = [width / a, height / e] as const
          expect(inner[0] * inner[1]).toBeLessThanOrEqual(maxPixels + 1e-6)
          // A strip one pixel wide cannot shrink evenly.
          if (Math.min(...inner) < 2) return
          expect(Math.abs(inner[0] / inner[1] - width / height)).toBeLessThan(
            (width / height) * (2 / inner[0] + 2 / inner[1]),
          )
        }
      },
    ),
  )
})

it('holds the bound for strips a pixel wide too', () => {
  const input = { ...rgb, size: { multipleOf: 1, maxPixels: 4096 } }
  for (const [width, height] of [
    [1, 5000],
    [5000, 1],
    [2, 5000],
  ] as const) {
    const { size } = inputGeometry(manifest({ input }), { x: 0, y: 0, width, height })
    expect(size.width * size.height).toBeLessThanOrEqual(4096)
    expect(size.width * size.height).toBeGreaterThan(3000)
  }
})

it('fits a fixed size as declared, and says so only when it changes something', () => {
  const input = { ...rgb, size: { width: 256, height: 128 } }
  const resize = { fit: 'contain', kernel: 'bicubic', antialias: true, pad: [0, 0, 0] } as const
  const geometry = inputGeometry(manifest({ input, resize }), { x: 0, y: 0, width: 640, height: 480 })
  expect(geometry.pack).toMatchObject(resize)
  expect(geometry.resampling).toEqual({ kernel: 'bicubic', antialias: true })
  expect(geometry.resize?.choice).toBe('640x480 -> 256x128 (contain, bicubic)')
  expect(inputGeometry(manifest({ input }), { x: 9, y: 0, width: 256, height: 128 }).resize).toBeUndefined()
})

it('maps corners of an output tensor to corners of the result, for any scale', () => {
  fc.assert(
    fc.property(sides, sides, fc.constantFrom(0.5, 1, 2, 3, 4), (width, height, scale) => {
      const region = { x: 7, y: 11, width, height }
      const tensor = { width: 64, height: 32 }
      const map = [width / 64, 0, 7, 0, height / 32, 11] as const
      const to = { tensor: resultSize(tensor, scale), result: resultSize(region, scale) }
      const [a, b, c, d, e, f] = outputTransform(map, { tensor, region }, to)
      expect([b, c, d, f]).toEqual([0, 0, 0, 0])
      expect(a * to.tensor.width).toBeCloseTo(to.result.width, 6)
      expect(e * to.tensor.height).toBeCloseTo(to.result.height, 6)
    }),
  )
})

it('keeps a quarter turn a quarter turn', () => {
  const region = { x: 0, y: 0, width: 32, height: 16 }
  const map = [0, 1, 0, -1, 0, 16] as const
  const sizes = { tensor: { width: 32, height: 64 }, result: { width: 64, height: 32 } }
  expect(outputTransform(map, { tensor: { width: 16, height: 32 }, region }, sizes)).toEqual([0, 1, 0, -1, 0, 32])
})

it('takes crops of whole pixels inside the picture only', () => {
  const source = { width: 10, height: 8 }
  expect(sourceRegion(source, undefined)).toEqual({ x: 0, y: 0, width: 10, height: 8 })
  expect(sourceRegion(source, { x: 9, y: 7, width: 1, height: 1 })).toEqual({ x: 9, y: 7, width: 1, height: 1 })
  for (const [x, y, width, height] of [
    [-1, 0, 4, 4],
    [0, 0, 11, 8],
    [0.5, 0, 4, 4],
    [0, 0, 0, 4],
    [Number.NaN, 0, 4, 4],
  ] as const) {
    expect(() => sourceRegion(source, { x, y, width, height })).toThrow(/OPTION_INVALID|crop/)
  }
})
