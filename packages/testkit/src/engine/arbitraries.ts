import type { Affine, PackOptions, Rect, Resampling, TensorFormat } from '@i2i/color'
import fc from 'fast-check'
import { formats, isYuv, type Lie, yuvSpaces } from './pictures.js'

/** Sizes of 1 to 130, small ones often: there the edges are. */
const side: fc.Arbitrary<number> = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 130 }))
/** One of the six YUV spaces. */
export const space: fc.Arbitrary<(typeof yuvSpaces)[number]> = fc.constantFrom(...yuvSpaces)

/** A picture of any format, size, stride and offset. */
export const picture: fc.Arbitrary<Lie> = fc
  .record({
    format: fc.constantFrom(...formats),
    width: side,
    height: side,
    colorSpace: space,
    slack: fc.integer({ min: 0, max: 37 }),
    offset: fc.integer({ min: 0, max: 19 }),
    seed: fc.nat(),
  })
  .map(({ colorSpace, ...lie }) => (isYuv(lie.format) ? { ...lie, colorSpace } : lie))

interface CropShares {
  readonly x: number
  readonly y: number
  readonly whole: boolean
}

/** Where a crop begins, as shares of the picture, on whole pixels or between them. */
export const cropShares: fc.Arbitrary<CropShares> = fc.record({
  x: fc.double({ min: 0, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0, max: 0.9, noNaN: true }),
  whole: fc.boolean(),
})

/** The crop of a picture that the shares mean. */
export function cropOf({ width, height }: Lie, { x, y, whole }: CropShares): Rect {
  const [left, top] = whole ? [Math.floor(x * width), Math.floor(y * height)] : [x * width, y * height]
  const [w, h] = [(width - left) * 0.8, (height - top) * 0.8]
  return {
    x: left,
    y: top,
    width: whole ? Math.max(1, Math.floor(w)) : w,
    height: whole ? Math.max(1, Math.floor(h)) : h,
  }
}

/** A float32 tensor of any layout and channels, without mean and std. */
export const tensor: fc.Arbitrary<TensorFormat> = fc.record({
  width: side,
  height: side,
  layout: fc.constantFrom('NCHW', 'NHWC'),
  dtype: fc.constant('float32'),
  channels: fc.constantFrom('RGB', 'BGR', 'RGBA', 'GRAY', 'Y'),
})

/** Every combination of resampling options, those that are refused with a rotation included. */
export const resample: fc.Arbitrary<Required<Resampling> & Required<Pick<PackOptions, 'chroma'>>> = fc.record({
  kernel: fc.constantFrom('nearest', 'bilinear', 'bicubic', 'area'),
  antialias: fc.boolean(),
  fit: fc.constantFrom('stretch', 'contain', 'cover'),
  pad: fc.constantFrom<Required<Resampling>['pad']>('edge', [7], [10, 20, 30]),
  chroma: fc.constantFrom('nearest', 'linear'),
})

const number = (limit: number): fc.Arbitrary<number> => fc.double({ min: -limit, max: limit, noNaN: true })

/** Any map that turns, shears, scales and shifts. */
export const affine: fc.Arbitrary<Affine> = fc.tuple(number(3), number(3), number(50), number(3), number(3), number(50))
