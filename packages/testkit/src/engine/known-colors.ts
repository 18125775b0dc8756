import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineBounds, OpenEngine, TestedEngine } from './bounds.js'
import color from './generated/color.json' with { type: 'json' }
import { difference, pictureOf, tightPixels, yuvFormats } from './pictures.js'

const smpte170m = { matrix: 'smpte170m', fullRange: false }

// The primaries of EBU/SMPTE test patterns, as every broadcast handbook prints them.
const handbook = [
  { name: 'red', rgb: [255, 0, 0], bt601: [81, 90, 240], bt709: [63, 102, 240] },
  { name: 'green', rgb: [0, 255, 0], bt601: [145, 54, 34], bt709: [173, 42, 26] },
  { name: 'blue', rgb: [0, 0, 255], bt601: [41, 240, 110], bt709: [32, 240, 118] },
  { name: 'yellow', rgb: [255, 255, 0], bt601: [210, 16, 146], bt709: [219, 16, 138] },
  { name: 'white', rgb: [255, 255, 255], bt601: [235, 128, 128], bt709: [235, 128, 128] },
  { name: 'black', rgb: [0, 0, 0], bt601: [16, 128, 128], bt709: [16, 128, 128] },
] as const

/** Colours whose values are written down elsewhere: handbooks, a numpy inverse of the forward matrix, hand arithmetic. */
export function knownColors(open: OpenEngine, bounds: EngineBounds): void {
  describe('known colours', () => {
    let engine: TestedEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(() => engine[Symbol.dispose]())

    it.each(handbook)('$name is the handbook Y, U, V', async ({ rgb, bt601, bt709 }) => {
      const image = pictureOf('RGB', 1, 1, rgb)
      for (const [matrix, expected] of [
        ['smpte170m', bt601],
        ['bt709', bt709],
      ] as const) {
        const yuv = await engine.convert(image, { format: 'I420', colorSpace: { matrix, fullRange: false } })
        expect(difference(tightPixels(yuv), expected).most).toBeLessThanOrEqual(bounds.convert.most)
      }
    })

    it.each(color.spaces)('$matrix fullRange=$fullRange agrees with the inverted matrix', async (space) => {
      const colorSpace = { matrix: space.matrix, fullRange: space.fullRange }
      let [differing, samples] = [0, 0]
      for (const [Y = 0, U = 0, V = 0, ...rgb] of space.yuvToRgb) {
        const found = await engine.convert(pictureOf('I420', 1, 1, [Y, U, V], colorSpace), { format: 'RGB' })
        const { most, differing: off } = difference(tightPixels(found), rgb)
        expect(most, `YUV ${[Y, U, V]}`).toBeLessThanOrEqual(bounds.convert.most)
        differing += off
        samples += 3
      }
      for (const [r = 0, g = 0, b = 0, ...yuv] of space.rgbToYuv) {
        const found = await engine.convert(pictureOf('RGB', 1, 1, [r, g, b]), { format: 'I420', colorSpace })
        const { most, differing: off } = difference(tightPixels(found), yuv)
        expect(most, `RGB ${[r, g, b]}`).toBeLessThanOrEqual(bounds.convert.most)
        differing += off
        samples += 3
      }
      // A few hundred samples: one that is off is no 1 %, two may be chance.
      expect(differing).toBeLessThanOrEqual(Math.ceil(samples * bounds.convert.share))
    })

    it('puts every sample of every packed format in its place', async () => {
      const rgba = pictureOf('RGBA', 1, 1, [10, 20, 30, 40])
      const orders = { RGBA: [10, 20, 30, 40], BGRA: [30, 20, 10, 40], RGB: [10, 20, 30], BGR: [30, 20, 10] } as const
      for (const from of ['RGBA', 'BGRA', 'RGB', 'BGR'] as const) {
        const image = await engine.convert(rgba, { format: from })
        expect([...tightPixels(image)]).toEqual(orders[from])
        for (const to of ['RGBA', 'BGRA', 'RGB', 'BGR'] as const) {
          const alpha = from.endsWith('A') ? 40 : 255
          const expected = to.endsWith('A') ? [...orders[to].slice(0, 3), alpha] : [...orders[to]]
          expect([...tightPixels(await engine.convert(image, { format: to }))], `${from} to ${to}`).toEqual(expected)
        }
      }
    })

    it('puts chroma in its place: I420 U V, NV12 UV, NV21 VU, without a change of value', async () => {
      const [y, u, v] = [
        [1, 2, 3, 4, 5, 6],
        [7, 8],
        [9, 10],
      ]
      const bytes = { I420: [...y, ...u, ...v], NV12: [...y, 7, 9, 8, 10], NV21: [...y, 9, 7, 10, 8] } as const
      for (const from of ['I420', 'NV12', 'NV21'] as const) {
        for (const to of ['I420', 'NV12', 'NV21'] as const) {
          const image = pictureOf(from, 3, 2, bytes[from], smpte170m)
          expect([...tightPixels(await engine.convert(image, { format: to }))], `${from} to ${to}`).toEqual([
            ...bytes[to],
          ])
        }
      }
    })

    it('takes chroma as the mean of the pixels of a block, at odd edges of those that exist', async () => {
      // U of (0, 0, b) in full range is 128 + b / 2.
      const blues = [0, 40, 100, 200, 64, 20]
      const image = pictureOf(
        'RGB',
        3,
        2,
        blues.flatMap((b) => [0, 0, b]),
      )
      const colorSpace = { matrix: 'smpte170m', fullRange: true }
      const planes = (await engine.convert(image, { format: 'I420', colorSpace })).planes
      const expected = [128 + (0 + 40 + 200 + 64) / 4 / 2, 128 + (100 + 20) / 2 / 2].map((value) =>
        Math.floor(value + 0.5),
      )
      expect(difference(planes[1]!.data, expected).most).toBeLessThanOrEqual(bounds.convert.most)
      const cosited = (await engine.convert(image, { format: 'I420', colorSpace, chroma: { down: 'cosited' } })).planes
      expect(difference(cosited[1]!.data, [128, 178]).most).toBeLessThanOrEqual(bounds.convert.most)
    })

    it('spreads chroma as nearest, or linear with left siting', async () => {
      // One row of 4: U 128 then 192; full range 601 blue = y + 1.772 (U - 128).
      const image = pictureOf('I420', 4, 1, [100, 100, 100, 100, 128, 192, 128, 128], {
        matrix: 'smpte170m',
        fullRange: true,
      })
      const blue = async (up: 'nearest' | 'linear') =>
        [...tightPixels(await engine.convert(image, { format: 'RGB', chroma: { up } }))].filter((_, i) => i % 3 === 2)
      expect(difference(await blue('nearest'), [100, 100, 213, 213]).most).toBeLessThanOrEqual(bounds.convert.most)
      expect(difference(await blue('linear'), [100, 157, 213, 213]).most).toBeLessThanOrEqual(bounds.convert.most)
    })

    it('makes GRAY of full-range luma, and R = G = B of GRAY', async () => {
      const gray = await engine.convert(pictureOf('RGB', 1, 1, [255, 0, 0]), { format: 'GRAY' })
      expect(difference(tightPixels(gray), [76]).most).toBeLessThanOrEqual(bounds.convert.most)
      const bt709 = await engine.convert(pictureOf('RGB', 1, 1, [255, 0, 0]), {
        format: 'GRAY',
        colorSpace: { matrix: 'bt709' },
      })
      expect(difference(tightPixels(bt709), [54]).most).toBeLessThanOrEqual(bounds.convert.most)
      const limited = pictureOf('I420', 1, 1, [126, 10, 200], smpte170m)
      expect(
        difference(tightPixels(await engine.convert(limited, { format: 'GRAY' })), [128]).most,
      ).toBeLessThanOrEqual(bounds.convert.most)
      const white = pictureOf('GRAY', 1, 1, [255])
      expect([...tightPixels(await engine.convert(white, { format: 'RGBA' }))]).toEqual([255, 255, 255, 255])
      for (const format of yuvFormats) {
        const yuv = await engine.convert(white, { format, colorSpace: smpte170m })
        expect(difference(tightPixels(yuv), [235, 128, 128]).most).toBeLessThanOrEqual(bounds.convert.most)
      }
    })

    it('goes from one YUV space to another without clamping in between', async () => {
      // Y = 250 is beyond limited white: clamped on the way it would come back as 235.
      const image = pictureOf('I420', 1, 1, [250, 128, 128], smpte170m)
      const moved = await engine.convert(image, { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: false } })
      expect(difference(tightPixels(moved), [250, 128, 128]).most).toBeLessThanOrEqual(bounds.convert.most)
    })
  })
}
