import { float16FromNumber, type RawImage, type TensorFormat } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenEngine, TestedEngine } from './bounds.js'
import { difference, guardedPicture, pictureOf, tightPixels, yuvSpaces } from './pictures.js'

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
const byte = 1 / 255

interface Normalisation {
  readonly name: string
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** The mean/std table of the quality rules. */
export const normalisations: readonly Normalisation[] = [
  { name: '0/1', mean: [0, 0, 0], std: [1, 1, 1] },
  { name: '.5/.5', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  { name: '0/(1/255)', mean: [0, 0, 0], std: [byte, byte, byte] },
  { name: 'ImageNet', ...imagenet },
  { name: '(127/255)/(128/255)', mean: Array(3).fill(127 / 255), std: Array(3).fill(128 / 255) },
]

const layouts = ['NCHW', 'NHWC'] as const
const dtypes = ['float32', 'float16', 'uint8'] as const

/** All 256 values of red, green, blue and alpha, each in another order, so that a swapped channel shows. */
function ramp(): number[] {
  return Array.from({ length: 256 }, (_, i) => [i, 255 - i, (i * 7 + 3) % 256, (i * 13 + 5) % 256]).flat()
}

/** What goes in comes out: bytes through tensors and back, and the tensor's numbers are what the manifest says. */
export function roundTrip(open: OpenEngine): void {
  describe('round trip', () => {
    let engine: TestedEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(() => engine[Symbol.dispose]())

    it.each(normalisations)('$name: all 256 values, every layout and number type, bit exact', async ({ mean, std }) => {
      for (const format of ['RGBA', 'BGRA', 'RGB', 'BGR'] as const) {
        const image = await engine.convert(pictureOf('RGBA', 16, 16, ramp()), { format })
        for (const layout of layouts) {
          for (const dtype of dtypes) {
            for (const channels of ['RGB', 'BGR', 'RGBA'] as const) {
              const norm = dtype === 'uint8' ? {} : { mean, std }
              const tensor = { width: 16, height: 16, layout, dtype, channels, ...norm }
              using packed = await engine.pack(image, tensor)
              // An RGBA tensor brings its own alpha back; for the others it is the picture's.
              const alpha = channels === 'RGBA' ? {} : { alpha: image }
              const back = await engine.unpack(packed.data, tensor, { format, transform: packed.transform, ...alpha })
              expect(tightPixels(back), `${format} ${layout} ${dtype} ${channels}`).toEqual(tightPixels(image))
            }
          }
        }
      }
    })

    it.each(normalisations)(
      '$name: grey and luma, all 256 values and those between, through tensors of one channel',
      async (norm) => {
        const ramp = Array.from({ length: 289 }, (_, i) => i % 256)
        const grey = pictureOf('GRAY', 17, 17, ramp)
        const luma = pictureOf('I420', 17, 17, [...ramp, ...Array(162).fill(128)], yuvSpaces[0])
        for (const layout of layouts) {
          for (const dtype of dtypes) {
            const single = dtype === 'uint8' ? {} : { mean: [norm.mean[0]!], std: [norm.std[0]!] }
            const format = { width: 17, height: 17, layout, dtype, ...single } as const
            using packed = await engine.pack(grey, { ...format, channels: 'GRAY' })
            const back = await engine.unpack(packed.data, { ...format, channels: 'GRAY' }, { format: 'GRAY' })
            expect([...tightPixels(back)], `${layout} ${dtype}`).toEqual(ramp)
            // Luma as stored is what grey of the same numbers is.
            using stored = await engine.pack(luma, { ...format, channels: 'Y' })
            expect(stored.data).toEqual(packed.data)
          }
        }
        const [mean, std] = [norm.mean[0]!, norm.std[0]!]
        const values = Float32Array.from(ramp, (level, i) => ((level + [0.4, -0.4][i % 2]!) / 255 - mean) / std)
        const between = { width: 17, height: 17, layout: 'NCHW', dtype: 'float32', channels: 'GRAY' } as const
        const rounded = await engine.unpack(values, { ...between, mean: [mean], std: [std] }, { format: 'GRAY' })
        expect([...tightPixels(rounded)]).toEqual(ramp)
      },
    )

    it('stores (pixel / 255 - mean) / std in the order of layout and channels', async () => {
      const image = pictureOf('RGBA', 2, 1, [10, 20, 30, 40, 50, 60, 70, 80])
      const value = (pixel: number, channel: number) => (pixel / 255 - imagenet.mean[channel]!) / imagenet.std[channel]!
      const expected = {
        RGB: { NCHW: [10, 50, 20, 60, 30, 70], NHWC: [10, 20, 30, 50, 60, 70], order: [0, 1, 2] },
        BGR: { NCHW: [30, 70, 20, 60, 10, 50], NHWC: [30, 20, 10, 70, 60, 50], order: [0, 1, 2] },
      } as const
      for (const channels of ['RGB', 'BGR'] as const) {
        for (const layout of layouts) {
          // mean[i] belongs to tensor channel i, whatever colour that is.
          const numbers = expected[channels][layout].map((pixel, i) => value(pixel, layout === 'NCHW' ? i >> 1 : i % 3))
          const tensor: TensorFormat = { width: 2, height: 1, layout, channels, dtype: 'float32', ...imagenet }
          using float32 = await engine.pack(image, tensor)
          expect(difference(float32.data, Float32Array.from(numbers)).most).toBeLessThanOrEqual(1e-6)
          using float16 = await engine.pack(image, { ...tensor, dtype: 'float16' })
          expect(difference(float16.data, numbers.map(float16FromNumber)).most).toBeLessThanOrEqual(1)
          using uint8 = await engine.pack(image, { width: 2, height: 1, layout, channels, dtype: 'uint8' })
          expect([...uint8.data]).toEqual([...expected[channels][layout]])
          expect(float32.dims).toEqual(layout === 'NCHW' ? [1, 3, 1, 2] : [1, 1, 2, 3])
        }
      }
      using rgba = await engine.pack(image, {
        width: 2,
        height: 1,
        layout: 'NHWC',
        dtype: 'float32',
        channels: 'RGBA',
        ...imagenet,
      })
      expect(rgba.data[3]).toBeCloseTo(40 / 255, 6)
    })

    it('packs luma: GRAY is full range, Y is as stored', async () => {
      const single = { width: 1, height: 1, layout: 'NCHW', dtype: 'float32' } as const
      const luma = async (image: RawImage, channels: 'GRAY' | 'Y') => {
        using packed = await engine.pack(image, { ...single, channels })
        return packed.data[0]! * 255
      }
      const limited = pictureOf('I420', 1, 1, [100, 50, 200], { matrix: 'bt709', fullRange: false })
      expect(await luma(limited, 'Y')).toBeCloseTo(100, 3)
      expect(await luma(limited, 'GRAY')).toBeCloseTo(((100 - 16) * 255) / 219, 3)
      const red = pictureOf('RGB', 1, 1, [255, 0, 0])
      expect(await luma(red, 'GRAY')).toBeCloseTo(76.245, 3)
      expect(await luma(red, 'Y')).toBeCloseTo(16 + 0.299 * 219, 3)
    })

    it.each(yuvSpaces)(
      'I420 of $matrix fullRange=$fullRange comes back within one step on each sample',
      async (colorSpace) => {
        const random = guardedPicture({ format: 'RGB', width: 32, height: 18, seed: 3 })
        // Uniform blocks, so that chroma is in gamut for each pixel: those of a mixed block need not be.
        using blocks = await engine.pack(
          random.image,
          { width: 64, height: 36, layout: 'NHWC', dtype: 'uint8', channels: 'RGB' },
          { kernel: 'nearest' },
        )
        const image = await engine.convert(pictureOf('RGB', 64, 36, blocks.data as Uint8Array), {
          format: 'I420',
          colorSpace,
        })
        const tensor = { width: 64, height: 36, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
        using packed = await engine.pack(image, tensor)
        const back = await engine.unpack(packed.data, tensor, {
          format: 'I420',
          colorSpace,
          transform: packed.transform,
        })
        expect(difference(tightPixels(back), tightPixels(image)).most).toBeLessThanOrEqual(1)
      },
    )

    it('undoes contain: only the picture comes back, the bars never bleed in', async () => {
      const image = pictureOf('GRAY', 8, 4, Array(32).fill(200))
      const tensor = { width: 4, height: 4, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
      using packed = await engine.pack(image, tensor, { fit: 'contain', pad: [0] })
      const back = await engine.unpack(packed.data, tensor, {
        format: 'GRAY',
        width: 8,
        height: 4,
        transform: packed.transform,
      })
      expect([...tightPixels(back)]).toEqual(Array(32).fill(200))
    })

    it('reads NaN as 0 and clamps what is out of range, infinities too', async () => {
      const tensor = { width: 5, height: 1, layout: 'NCHW', dtype: 'float32', channels: 'GRAY' } as const
      const values = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 7, -7)
      const expected = [0, 255, 0, 255, 0]
      expect([...tightPixels(await engine.unpack(values, tensor, { format: 'GRAY' }))]).toEqual(expected)
      const half = Uint16Array.from(values, float16FromNumber)
      expect([...tightPixels(await engine.unpack(half, { ...tensor, dtype: 'float16' }, { format: 'GRAY' }))]).toEqual(
        expected,
      )
    })

    it('carries the alpha of the image given, at any size, else the tensor says 255', async () => {
      const tensor = { width: 2, height: 1, layout: 'NHWC', dtype: 'uint8', channels: 'RGB' } as const
      const data = Uint8Array.of(1, 2, 3, 4, 5, 6)
      const alpha = pictureOf('BGRA', 2, 1, [0, 0, 0, 9, 0, 0, 0, 90])
      expect([...tightPixels(await engine.unpack(data, tensor, { format: 'RGBA', alpha }))]).toEqual([
        1, 2, 3, 9, 4, 5, 6, 90,
      ])
      expect([...tightPixels(await engine.unpack(data, tensor, { format: 'RGBA' }))]).toEqual([
        1, 2, 3, 255, 4, 5, 6, 255,
      ])
      const wide = await engine.unpack(data, tensor, { format: 'RGBA', width: 4, kernel: 'nearest', alpha })
      expect([...tightPixels(wide)].filter((_, i) => i % 4 === 3)).toEqual([9, 9, 90, 90])
    })
  })
}
