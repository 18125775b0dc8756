import { type ColorEngine, openColorEngine, type PackOptions, type TensorFormat } from '@i2i/color'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineBounds, OpenEngine } from './bounds.js'
import { difference, formats, guardedPicture, isYuv, type Lie, tightPixels, yuvSpaces } from './pictures.js'

const side = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 130 }))
const space = fc.constantFrom(...yuvSpaces)

function lies(width: fc.Arbitrary<number>, height: fc.Arbitrary<number>): fc.Arbitrary<Lie> {
  return fc
    .record({
      format: fc.constantFrom(...formats),
      width,
      height,
      colorSpace: space,
      slack: fc.integer({ min: 0, max: 37 }),
      offset: fc.integer({ min: 0, max: 19 }),
      seed: fc.nat(),
    })
    .map(({ colorSpace, ...lie }) => (isYuv(lie.format) ? { ...lie, colorSpace } : lie))
}

const picture = lies(side, side)

/** Where a crop may lie, as shares of the picture, whole or fractional. */
const cropShares = fc.record({
  x: fc.double({ min: 0, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0, max: 0.9, noNaN: true }),
  whole: fc.boolean(),
})

function cropOf(
  { width, height }: Lie,
  { x, y, whole }: { x: number; y: number; whole: boolean },
): NonNullable<PackOptions['crop']> {
  const [left, top] = whole ? [Math.floor(x * width), Math.floor(y * height)] : [x * width, y * height]
  const [w, h] = [(width - left) * 0.8, (height - top) * 0.8]
  return {
    x: left,
    y: top,
    width: whole ? Math.max(1, Math.floor(w)) : w,
    height: whole ? Math.max(1, Math.floor(h)) : h,
  }
}

const tensor: fc.Arbitrary<TensorFormat> = fc.record({
  width: side,
  height: side,
  layout: fc.constantFrom('NCHW', 'NHWC'),
  dtype: fc.constant('float32'),
  channels: fc.constantFrom('RGB', 'BGR', 'RGBA', 'GRAY', 'Y'),
})

const resample = fc.record({
  kernel: fc.constantFrom('nearest', 'bilinear', 'bicubic', 'area'),
  antialias: fc.boolean(),
  fit: fc.constantFrom('stretch', 'contain', 'cover'),
  pad: fc.constantFrom<NonNullable<PackOptions['pad']>>('edge', [7], [10, 20, 30]),
  chroma: fc.constantFrom('nearest', 'linear'),
} as const)

/** Random sizes, strides, offsets and crops against the reference, with canaries around every plane. */
export function randomPictures(open: OpenEngine, bounds: EngineBounds, numRuns: number): void {
  describe('random pictures against the reference', () => {
    let engine: ColorEngine
    let reference: ColorEngine
    beforeAll(async () => {
      engine = await open()
      reference = await openColorEngine({ engine: 'reference' })
    })
    afterAll(() => {
      engine[Symbol.dispose]()
      reference[Symbol.dispose]()
    })

    it('converts between all formats, touching no byte that is not a pixel', () => {
      let [differing, samples] = [0, 0]
      const check = fc.property(
        picture,
        fc.constantFrom(...formats),
        space,
        fc.nat(37),
        fc.constantFrom('mean', 'cosited'),
        fc.constantFrom('nearest', 'linear'),
        (lie, format, colorSpace, slack, down, up) => {
          const source = guardedPicture(lie)
          const before = source.pixels()
          const wanted = isYuv(format) ? { colorSpace } : {}
          const target = guardedPicture({
            format,
            width: lie.width,
            height: lie.height,
            slack,
            offset: slack % 5,
            ...wanted,
          })
          const to = { format, chroma: { up, down }, ...wanted }
          engine.convert(source.image, to, target.image)
          const expected = tightPixels(reference.convert(source.image, to))
          const { most, differing: off } = difference(target.pixels(), expected)
          expect(most).toBeLessThanOrEqual(bounds.convert.most)
          differing += off
          samples += expected.length
          expect(target.damage()).toBe(0)
          expect(source.damage()).toBe(0)
          expect(source.pixels()).toEqual(before)
          expect(tightPixels(engine.convert(source.image, to))).toEqual(target.pixels())
        },
      )
      fc.assert(check, { numRuns, seed: 7 })
      expect(differing / samples).toBeLessThanOrEqual(bounds.convert.share)
    })

    it('packs any crop and fit with any kernel', () => {
      const check = fc.property(
        picture,
        tensor,
        resample,
        cropShares,
        fc.boolean(),
        (lie, format, options, shares, cropped) => {
          const source = guardedPicture(lie)
          const asked = { ...options, ...(cropped && { crop: cropOf(lie, shares) }) }
          const bound = options.kernel === 'bilinear' ? bounds.bilinear : bounds.otherKernels
          using found = engine.pack(source.image, format, asked)
          using expected = reference.pack(source.image, format, asked)
          expect(found.dims).toEqual(expected.dims)
          expect(found.transform).toEqual(expected.transform)
          expect(difference(found.data, expected.data).most * 255).toBeLessThanOrEqual(bound)
          expect(source.damage()).toBe(0)
        },
      )
      fc.assert(check, { numRuns, seed: 8 })
    })

    it('packs whole pixels exactly, in every layout and number type', () => {
      const check = fc.property(
        picture,
        tensor,
        fc.constantFrom('float32', 'float16', 'uint8'),
        cropShares,
        (lie, wanted, dtype, shares) => {
          const source = guardedPicture(lie)
          const crop = cropOf(lie, { ...shares, whole: true })
          const format = { ...wanted, dtype, width: crop.width, height: crop.height } as const
          using found = engine.pack(source.image, format, { crop })
          using expected = reference.pack(source.image, format, { crop })
          // In float16 a neighbour is one step of the bits away; in uint8 a value beside a tie may fall to either side.
          const bound = dtype === 'float32' ? bounds.pack / 255 : Math.min(1, bounds.convert.most)
          expect(difference(found.data, expected.data).most).toBeLessThanOrEqual(bound)
        },
      )
      fc.assert(check, { numRuns, seed: 9 })
    })

    it('packs through any affine', () => {
      const number = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
      const affine = fc.tuple(number(3), number(3), number(50), number(3), number(3), number(50))
      const check = fc.property(
        picture,
        tensor,
        affine,
        fc.constantFrom('bilinear', 'bicubic'),
        (lie, format, map, kernel) => {
          const source = guardedPicture(lie)
          using found = engine.pack(source.image, format, { affine: map, kernel })
          using expected = reference.pack(source.image, format, { affine: map, kernel })
          expect(difference(found.data, expected.data).most * 255).toBeLessThanOrEqual(
            kernel === 'bilinear' ? bounds.bilinear : bounds.otherKernels,
          )
        },
      )
      fc.assert(check, { numRuns: Math.ceil(numRuns / 2), seed: 10 })
    })

    it('unpacks tensors of any size into any format, touching no byte that is not a pixel', () => {
      const check = fc.property(
        lies(side, side),
        tensor,
        fc.constantFrom('float32', 'float16', 'uint8'),
        resample,
        fc.nat(),
        (lie, wanted, dtype, options, seed) => {
          const format = { ...wanted, dtype }
          const noise = guardedPicture({ format: 'RGBA', width: format.width, height: format.height, seed })
          using packed = reference.pack(noise.image, format)
          const { kernel, antialias, fit, pad } = options
          const space = lie.colorSpace ? { colorSpace: lie.colorSpace } : {}
          const to = { format: lie.format, width: lie.width, height: lie.height, kernel, antialias, fit, pad, ...space }
          const { seed: _, ...blank } = lie
          const target = guardedPicture(blank)
          engine.unpack(packed.data, format, to, target.image)
          const expected = tightPixels(reference.unpack(packed.data, format, to))
          expect(difference(target.pixels(), expected).most).toBeLessThanOrEqual(bounds.convert.most)
          expect(target.damage()).toBe(0)
        },
      )
      fc.assert(check, { numRuns, seed: 11 })
    })
  })
}
