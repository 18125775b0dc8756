import { createImage, type Tensor } from '@i2i/core'
import { tensorNumbers } from '../tensors/numbers.js'
import { type DifferencePicture, heat } from './difference.js'

/**
 * Where two picture-like tensors differ: the largest |a - b| over the channels of each pixel. Undefined for tensors that are no batch of
 * one with at most 4 channels before or after height and width.
 */
export function tensorDifference(a: Tensor, b: Tensor): DifferencePicture | undefined {
  const [n, second = 0, third = 0, fourth = 0] = a.dims
  if (a.dims.length !== 4 || n !== 1 || a.dims.join() !== b.dims.join()) return undefined
  const first = second <= 4
  if (!first && fourth > 4) return undefined
  const [channels, height, width] = first ? [second, third, fourth] : [fourth, second, third]
  const [left, right] = [tensorNumbers(a), tensorNumbers(b)]
  const errors = new Float64Array(width * height)
  for (let i = 0; i < left.length; i++) {
    const error = Math.abs(left[i]! - right[i]!)
    const pixel = first ? i % errors.length : Math.floor(i / channels)
    // What is NaN on one side only is as far off as can be.
    errors[pixel] = Math.max(
      errors[pixel]!,
      Number.isNaN(error) ? (Object.is(left[i], right[i]) ? 0 : Infinity) : error,
    )
  }
  const largest = errors.reduce((top, error) => (Number.isFinite(error) ? Math.max(top, error) : top), 0)
  const peak = largest || 1
  const image = createImage('RGB', width, height)
  const { data, stride } = image.planes[0]!
  errors.forEach((error, i) => {
    data.set(heat(error / peak), Math.floor(i / width) * stride + (i % width) * 3)
  })
  return { image, peak, largest }
}
