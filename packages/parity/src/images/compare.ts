import type { RawImage } from '@i2i/core'
import { lumaOf, refuseUnlike, samplesOf } from './samples.js'
import { ssim } from './ssim.js'

/** How far two pictures lie apart, in 8-bit steps. */
export interface ImageComparison {
  /** Over every sample, alpha included. */
  readonly maxAbs: number
  /** Over the samples of colour. */
  readonly meanAbs: number
  /** 10 log10(peak^2 / mean squared error) over the samples of colour, in dB; Infinity for equal pictures. */
  readonly psnr: number
  /** What PSNR takes for full scale: 255. */
  readonly peak: 255
  /** Structural similarity of luma (Wang et al. 2004); 1 for equal pictures. */
  readonly ssim: number
  /** The largest difference of alpha; 0 where at most one picture has it. */
  readonly alphaMaxAbs: number
}

/**
 * Compares two pictures of one size sample by sample. Packed formats compare with each other, channel by channel; YUV compares with YUV
 * of the same matrix and range, GRAY with GRAY.
 * @throws IMAGE_INVALID for what is no picture, SHAPE_MISMATCH for other sizes, OPTION_INVALID for samples that do not mean the same
 */
export function compareImages(a: RawImage, b: RawImage): ImageComparison {
  refuseUnlike(a, b)
  const [left, right] = [samplesOf(a), samplesOf(b)]
  const totals = { maxAbs: 0, sum: 0, squares: 0, count: 0 }
  for (const [i, plane] of left.color.entries()) add(totals, plane, right.color[i]!)
  const alpha = { maxAbs: 0, sum: 0, squares: 0, count: 0 }
  if (left.alpha && right.alpha) add(alpha, left.alpha, right.alpha)
  const mse = totals.squares / totals.count
  return {
    maxAbs: Math.max(totals.maxAbs, alpha.maxAbs),
    meanAbs: totals.sum / totals.count,
    psnr: mse === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / mse),
    peak: 255,
    ssim: ssim(lumaOf(left, a.format), lumaOf(right, b.format), a.width, a.height),
    alphaMaxAbs: alpha.maxAbs,
  }
}

function add(
  totals: { maxAbs: number; sum: number; squares: number; count: number },
  a: Uint8Array,
  b: Uint8Array,
): void {
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!)
    totals.maxAbs = Math.max(totals.maxAbs, error)
    totals.sum += error
    totals.squares += error * error
  }
  totals.count += a.length
}
