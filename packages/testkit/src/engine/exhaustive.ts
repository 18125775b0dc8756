import {
  type ColorEngine,
  type ColorSpaceInit,
  createImage,
  openColorEngine,
  type PixelFormat,
  type RawImage,
} from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineBounds, OpenEngine, TestedEngine } from './bounds.js'
import { difference, packedFormats, yuvFormats, yuvSpaces } from './pictures.js'

/** The levels 0, step, 2 step, ... and always 255. */
function levels(step: number): readonly number[] {
  const list: number[] = []
  for (let level = 0; level < 255; level += step) list.push(level)
  return [...list, 255]
}

/** 4:2:0 pictures that hold every (Y, U, V) of the levels: a block for each (U, V), four luma levels in it. */
function* yuvPictures(all: readonly number[], colorSpace: ColorSpaceInit): Generator<RawImage> {
  const side = all.length
  for (let first = 0; first < side; first += 4) {
    const image = createImage('I420', side * 2, side * 2, colorSpace)
    const [y, u, v] = image.planes
    for (let j = 0; j < side * 2; j++) {
      for (let i = 0; i < side * 2; i++) y!.data[j * y!.stride + i] = all[(first + (j % 2) * 2 + (i % 2)) % side]!
    }
    for (let j = 0; j < side; j++) {
      for (let i = 0; i < side; i++) {
        u!.data[j * u!.stride + i] = all[i]!
        v!.data[j * v!.stride + i] = all[j]!
      }
    }
    yield image
  }
}

/** RGB pictures that hold a uniform 2x2 block of every colour of the levels. */
function* rgbPictures(all: readonly number[]): Generator<RawImage> {
  const side = all.length
  for (const red of all) {
    const image = createImage('RGB', side * 2, side * 2)
    const { data, stride } = image.planes[0]!
    for (let j = 0; j < side * 2; j++) {
      for (let i = 0; i < side * 2; i++) data.set([red, all[i >> 1]!, all[j >> 1]!], j * stride + i * 3)
    }
    yield image
  }
}

interface Tally {
  most: number
  differing: number
  samples: number
}

function compare(tally: Tally, found: RawImage, expected: RawImage): void {
  expected.planes.forEach(({ data }, index) => {
    const { most, differing } = difference(found.planes[index]!.data, data)
    tally.most = Math.max(tally.most, most)
    tally.differing += differing
    tally.samples += data.length
  })
}

/**
 * Every (Y, U, V) to every packed format and every uniform (R, G, B) to every YUV format, in the six spaces, against the reference.
 * `step` thins the levels of each component: 1 is all 2^24 (minutes), 17 takes a second or two. `formats` limits the packed and YUV sides.
 */
export function exhaustive(
  open: OpenEngine,
  bounds: EngineBounds,
  step: number,
  formats: { readonly packed?: readonly PixelFormat[]; readonly yuv?: readonly PixelFormat[] } = {},
): void {
  describe(`every colour, in steps of ${step}`, () => {
    const all = levels(step)
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
    const hold = (tally: Tally): void => {
      expect(tally.samples).toBeGreaterThan(0)
      expect(tally.most).toBeLessThanOrEqual(bounds.convert.most)
      expect(tally.differing / tally.samples).toBeLessThanOrEqual(bounds.convert.share)
    }

    it.each(yuvSpaces)(
      'YUV to RGB, $matrix fullRange=$fullRange',
      async (space) => {
        const tallies = new Map<string, Tally>()
        for (const image of yuvPictures(all, space)) {
          for (const format of formats.packed ?? packedFormats) {
            const tally = tallies.get(format) ?? { most: 0, differing: 0, samples: 0 }
            tallies.set(format, tally)
            compare(tally, await engine.convert(image, { format }), reference.convert(image, { format }))
          }
        }
        for (const tally of tallies.values()) hold(tally)
      },
      600_000,
    )

    it.each(yuvSpaces)(
      'RGB to YUV, $matrix fullRange=$fullRange',
      async (colorSpace) => {
        const tallies = new Map<string, Tally>()
        for (const image of rgbPictures(all)) {
          for (const format of formats.yuv ?? yuvFormats) {
            const tally = tallies.get(format) ?? { most: 0, differing: 0, samples: 0 }
            tallies.set(format, tally)
            compare(
              tally,
              await engine.convert(image, { format, colorSpace }),
              reference.convert(image, { format, colorSpace }),
            )
          }
        }
        for (const tally of tallies.values()) hold(tally)
      },
      600_000,
    )

    it.each(yuvSpaces)(
      'YUV to a float tensor, $matrix fullRange=$fullRange',
      async (space) => {
        for (const image of yuvPictures(all, space)) {
          const format = {
            width: image.width,
            height: image.height,
            layout: 'NCHW',
            dtype: 'float32',
            channels: 'RGB',
          } as const
          using found = await engine.pack(image, format)
          using expected = reference.pack(image, format)
          expect(difference(found.data, expected.data).most * 255).toBeLessThanOrEqual(bounds.pack)
        }
      },
      600_000,
    )
  })
}
