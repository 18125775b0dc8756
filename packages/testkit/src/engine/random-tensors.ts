import { type ColorEngine, openColorEngine } from '@i2i/color'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cropOf, cropShares, picture, resample, tensor } from './arbitraries.js'
import type { EngineBounds, OpenEngine, TestedEngine } from './bounds.js'
import { difference, guardedPicture, tightPixels } from './pictures.js'
import { normalisations } from './round-trip.js'

/** Random tensors against the reference: unpack into anything, geometry undone, every normalisation. */
export function randomTensors(open: OpenEngine, bounds: EngineBounds, numRuns: number): void {
  describe('random tensors against the reference', () => {
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

    it('unpacks tensors of any size into any format, touching no byte that is not a pixel', async () => {
      const check = fc.asyncProperty(
        picture,
        tensor,
        fc.constantFrom('float32', 'float16', 'uint8'),
        resample,
        fc.nat(),
        async (lie, wanted, dtype, options, seed) => {
          const format = { ...wanted, dtype }
          const noise = guardedPicture({ format: 'RGBA', width: format.width, height: format.height, seed })
          using packed = reference.pack(noise.image, format)
          const { kernel, antialias, fit, pad } = options
          const space = lie.colorSpace ? { colorSpace: lie.colorSpace } : {}
          const to = { format: lie.format, width: lie.width, height: lie.height, kernel, antialias, fit, pad, ...space }
          const { seed: _, ...blank } = lie
          const target = guardedPicture(blank)
          await engine.unpack(packed.data, format, to, target.image)
          const expected = tightPixels(reference.unpack(packed.data, format, to))
          expect(difference(target.pixels(), expected).most).toBeLessThanOrEqual(bounds.convert.most)
          expect(target.damage()).toBe(0)
        },
      )
      await fc.assert(check, { numRuns, seed: 11 })
    })

    it('undoes the geometry of any pack, and carries the alpha of the picture', async () => {
      const check = fc.asyncProperty(picture, tensor, resample, cropShares, async (lie, format, options, shares) => {
        const source = guardedPicture(lie)
        const { kernel, antialias, fit, pad } = options
        using packed = reference.pack(source.image, format, { crop: cropOf(lie, shares), fit })
        const { width, height, colorSpace } = source.image
        const geometry = { width, height, transform: packed.transform, kernel, antialias, pad }
        const to = { format: lie.format, colorSpace, alpha: source.image, ...geometry }
        const found = tightPixels(await engine.unpack(packed.data, format, to))
        const expected = tightPixels(reference.unpack(packed.data, format, to))
        expect(difference(found, expected).most).toBeLessThanOrEqual(bounds.convert.most)
      })
      await fc.assert(check, { numRuns, seed: 12 })
    })

    it('normalises by any mean and std, channel by channel', async () => {
      const table = fc.constantFrom(...normalisations)
      const check = fc.asyncProperty(picture, tensor, table, async (lie, wanted, { mean, std }) => {
        const source = guardedPicture(lie)
        const count = wanted.channels === 'GRAY' || wanted.channels === 'Y' ? 1 : 3
        const norm = { mean: mean.slice(0, count), std: std.slice(0, count) }
        const format = { ...wanted, ...norm, width: lie.width, height: lie.height }
        using found = await engine.pack(source.image, format)
        using expected = reference.pack(source.image, format)
        // The smallest std makes the largest numbers: back to steps by it.
        const step = 255 * Math.min(...norm.std)
        expect(difference(found.data, expected.data).most * step).toBeLessThanOrEqual(bounds.pack)
      })
      await fc.assert(check, { numRuns, seed: 13 })
    })
  })
}
