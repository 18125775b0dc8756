import type { PackOptions, RawImage, TensorFormat } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineBounds, OpenEngine, TestedEngine } from './bounds.js'
import fixtures from './generated/resampling.json' with { type: 'json' }
import { difference, pictureOf } from './pictures.js'

type Kernel = NonNullable<PackOptions['kernel']>

/** Packs to float32 NCHW and gives pixel values. */
async function packedPixels(
  engine: TestedEngine,
  image: RawImage,
  channels: TensorFormat['channels'],
  [width, height]: readonly [number, number],
  options: PackOptions,
): Promise<Float64Array> {
  using packed = await engine.pack(image, { width, height, layout: 'NCHW', dtype: 'float32', channels }, options)
  return Float64Array.from(packed.data, (value) => value * 255)
}

/** Resampling against OpenCV (plain kernels, area), Pillow (nearest, antialias) and SciPy (affine, chroma). */
export function resampling(open: OpenEngine, bounds: EngineBounds): void {
  const boundOf = (kernel: Kernel): number => (kernel === 'bilinear' ? bounds.bilinear : bounds.otherKernels)
  describe('resampling', () => {
    let engine: TestedEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(() => engine[Symbol.dispose]())

    const { resize, affine, chroma } = fixtures
    it.each(resize.cases)(
      '$kernel antialias=$antialias to $width x $height, crop $crop, as the libraries do',
      async (sample) => {
        const image = pictureOf('GRAY', resize.width, resize.height, resize.pixels)
        const kernel = sample.kernel as Kernel
        const options = {
          kernel,
          antialias: sample.antialias,
          ...('crop' in sample && sample.crop && { crop: sample.crop }),
        }
        const found = await packedPixels(engine, image, 'GRAY', [sample.width, sample.height], options)
        expect(difference(found, sample.values).most).toBeLessThanOrEqual(boundOf(kernel))
      },
    )

    it.each(affine.cases)('affine $affine as SciPy samples it', async (sample) => {
      const image = pictureOf('GRAY', affine.width, affine.height, affine.pixels)
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = sample.affine
      const [width = 0, height = 0] = affine.target
      const found = await packedPixels(engine, image, 'GRAY', [width, height], {
        affine: [a, b, c, d, e, f],
        kernel: 'bilinear',
      })
      expect(difference(found, sample.values).most).toBeLessThanOrEqual(bounds.bilinear)
    })

    it.each(chroma.cases)('4:2:0 of odd size to $width x $height, chroma $chroma', async (sample) => {
      const image = pictureOf('I420', chroma.width, chroma.height, chroma.planes.flat(), {
        matrix: 'smpte170m',
        fullRange: false,
      })
      const options = { kernel: 'bilinear', chroma: sample.chroma as 'nearest' | 'linear' } as const
      const found = await packedPixels(engine, image, 'RGB', [sample.width, sample.height], options)
      expect(difference(found, sample.values).most).toBeLessThanOrEqual(bounds.bilinear)
    })

    it('moves whole pixels without a kernel: crops, mirrors and quarter turns', async () => {
      const image = pictureOf('GRAY', 3, 2, [1, 2, 3, 4, 5, 6])
      const pixels = async (width: number, height: number, options: PackOptions) =>
        Array.from(
          await packedPixels(engine, image, 'GRAY', [width, height], { kernel: 'bicubic', ...options }),
          Math.round,
        )
      expect(await pixels(2, 1, { crop: { x: 1, y: 1, width: 2, height: 1 } })).toEqual([5, 6])
      expect(await pixels(3, 2, { affine: [-1, 0, 3, 0, 1, 0] })).toEqual([3, 2, 1, 6, 5, 4])
      expect(await pixels(2, 3, { affine: [0, 1, 0, -1, 0, 2] })).toEqual([4, 1, 5, 2, 6, 3])
    })

    it('takes chroma of an exact crop by floor(x / 2) of the image', async () => {
      const space = { matrix: 'smpte170m', fullRange: true }
      const image = pictureOf('I420', 4, 2, [...Array(8).fill(100), 128, 192, 128, 128], space)
      const found = await packedPixels(engine, image, 'RGB', [2, 1], { crop: { x: 1, y: 0, width: 2, height: 1 } })
      expect(difference(found.subarray(4), [100, 100 + 1.772 * 64]).most).toBeLessThan(0.01)
    })

    it('fits: contain pads, cover crops from the middle, and the transform says so', async () => {
      const image = pictureOf('GRAY', 4, 2, [10, 20, 30, 40, 10, 20, 30, 40])
      const format = { width: 4, height: 4, layout: 'NHWC', dtype: 'uint8', channels: 'RGB' } as const
      using contained = await engine.pack(image, format, { fit: 'contain', pad: [1, 2, 3] })
      const bar = Array(4).fill([1, 2, 3]).flat()
      const row = [10, 20, 30, 40].flatMap((value) => [value, value, value])
      expect([...contained.data]).toEqual([...bar, ...row, ...row, ...bar])
      expect(contained.transform).toEqual([1, 0, 0, 0, 1, -1])
      using covered = await engine.pack(image, { ...format, width: 2, height: 2, channels: 'GRAY' }, { fit: 'cover' })
      expect([...covered.data]).toEqual([20, 30, 20, 30])
      expect(covered.transform).toEqual([1, 0, 1, 0, 1, 0])
      using edge = await engine.pack(image, { ...format, channels: 'GRAY' }, { fit: 'contain' })
      expect([...edge.data.subarray(0, 4)]).toEqual([10, 20, 30, 40])
    })

    it('chooses area below one half and bilinear otherwise', async () => {
      const image = pictureOf('GRAY', 6, 1, [0, 90, 240, 12, 60, 30])
      expect((await packedPixels(engine, image, 'GRAY', [2, 1], {}))[0]).toBeCloseTo(110, 1)
      expect((await packedPixels(engine, image, 'GRAY', [3, 1], {}))[1]).toBeCloseTo(126, 1)
      expect((await packedPixels(engine, image, 'GRAY', [4, 1], {}))[0]).toBeCloseTo(22.5, 1)
    })
  })
}
