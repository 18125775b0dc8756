import { type ColorEngine, openColorEngine } from '@i2i/color'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { affine, cropOf, cropShares, picture, resample, space, tensor } from './arbitraries.js'
import type { EngineBounds, OpenEngine, TestedEngine } from './bounds.js'
import { difference, formats, guardedPicture, isYuv, tightPixels } from './pictures.js'

/** Random sizes, strides, offsets and crops against the reference, with canaries around every plane. */
export function randomPictures(open: OpenEngine, bounds: EngineBounds, numRuns: number): void {
  describe('random pictures against the reference', () => {
    let engine: TestedEngine
    let reference: ColorEngine
    beforeAll(async () => {
      engine = await open()
      reference = await openColorEngine({ engine: 'reference' })
    })
    afterAll(() => {
      engine[Symbol.dispose]()
      reference[Symbol.dispose]()
    })

    it('converts between all formats, touching no byte that is not a pixel', async () => {
      let [differing, samples] = [0, 0]
      const check = fc.asyncProperty(
        picture,
        fc.constantFrom(...formats),
        space,
        fc.nat(37),
        fc.constantFrom('mean', 'cosited'),
        fc.constantFrom('nearest', 'linear'),
        async (lie, format, colorSpace, slack, down, up) => {
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
          await engine.convert(source.image, to, target.image)
          const expected = tightPixels(reference.convert(source.image, to))
          const { most, differing: off } = difference(target.pixels(), expected)
          expect(most).toBeLessThanOrEqual(bounds.convert.most)
          differing += off
          samples += expected.length
          expect(target.damage()).toBe(0)
          expect(source.damage()).toBe(0)
          expect(source.pixels()).toEqual(before)
          expect(tightPixels(await engine.convert(source.image, to))).toEqual(target.pixels())
        },
      )
      await fc.assert(check, { numRuns, seed: 7 })
      expect(differing / samples).toBeLessThanOrEqual(bounds.convert.share)
    })

    it('packs any crop and fit with any kernel', async () => {
      const check = fc.asyncProperty(
        picture,
        tensor,
        resample,
        cropShares,
        fc.boolean(),
        async (lie, format, options, shares, cropped) => {
          const source = guardedPicture(lie)
          const asked = { ...options, ...(cropped && { crop: cropOf(lie, shares) }) }
          const bound = options.kernel === 'bilinear' ? bounds.bilinear : bounds.otherKernels
          using found = await engine.pack(source.image, format, asked)
          using expected = reference.pack(source.image, format, asked)
          expect(found.dims).toEqual(expected.dims)
          expect(found.transform).toEqual(expected.transform)
          expect(difference(found.data, expected.data).most * 255).toBeLessThanOrEqual(bound)
          expect(source.damage()).toBe(0)
        },
      )
      await fc.assert(check, { numRuns, seed: 8 })
    })

    it('packs whole pixels exactly, in every layout and number type', async () => {
      const check = fc.asyncProperty(
        picture,
        tensor,
        fc.constantFrom('float32', 'float16', 'uint8'),
        cropShares,
        async (lie, wanted, dtype, shares) => {
          const source = guardedPicture(lie)
          const crop = cropOf(lie, { ...shares, whole: true })
          const format = { ...wanted, dtype, width: crop.width, height: crop.height } as const
          using found = await engine.pack(source.image, format, { crop })
          using expected = reference.pack(source.image, format, { crop })
          // In float16 a neighbour is one step of the bits away; in uint8 a value beside a tie may fall to either side.
          const bound = dtype === 'float32' ? bounds.pack / 255 : Math.min(1, bounds.convert.most)
          expect(difference(found.data, expected.data).most).toBeLessThanOrEqual(bound)
        },
      )
      await fc.assert(check, { numRuns, seed: 9 })
    })

    it('packs through any affine', async () => {
      const check = fc.asyncProperty(
        picture,
        tensor,
        affine,
        fc.constantFrom('bilinear', 'bicubic'),
        resample,
        async (lie, format, map, kernel, { pad, chroma }) => {
          const source = guardedPicture(lie)
          const options = { affine: map, kernel, pad, chroma }
          using found = await engine.pack(source.image, format, options)
          using expected = reference.pack(source.image, format, options)
          expect(difference(found.data, expected.data).most * 255).toBeLessThanOrEqual(
            kernel === 'bilinear' ? bounds.bilinear : bounds.otherKernels,
          )
        },
      )
      await fc.assert(check, { numRuns: Math.ceil(numRuns / 2), seed: 10 })
    })
  })
}
