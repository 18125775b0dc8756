import { I2iError } from '../error.js'
import type { TensorFormat } from '../types.js'
import type { BlendSpec, TaskSpec } from './task.js'

/** How much of a result shows over what the target holds. */
export interface Blend {
  /** One weight of 0..1 a tensor pixel, row by row; it takes the way of the pixels themselves. Default: 1 everywhere. */
  readonly mask?: Float32Array
  /** Target pixels over which the result fades in from each edge of the target, linearly; default 0. */
  readonly feather?: number
}

/** Throws SHAPE_MISMATCH or OPTION_INVALID unless mask and feather fit. */
export function checkBlend({ mask, feather = 0 }: Blend, { width, height }: TensorFormat): void {
  if (mask !== undefined && mask.length !== width * height) {
    throw new I2iError('SHAPE_MISMATCH', `mask has ${mask.length} weights; the tensor has ${width}x${height} pixels.`, {
      details: { length: mask.length, width, height },
    })
  }
  if (!(feather >= 0) || !Number.isFinite(feather)) {
    throw new I2iError('OPTION_INVALID', `feather is ${String(feather)}; give a number of pixels from 0.`, {
      details: { feather },
    })
  }
}

/** A mask as the tensor that the feed denormalises to its own values. */
export function maskTensor({ width, height }: TensorFormat): TensorFormat {
  return { width, height, layout: 'NCHW', dtype: 'float32', channels: 'GRAY', std: [1 / 255] }
}

/** Weights that rise from each end over `feather` pixels: pixel i has its centre's share of the way, (i + 0.5) / feather. */
function featherRamp(length: number, feather: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.min(1, (Math.min(i, length - 1 - i) + 0.5) / feather))
}

/** The task of an unpack, laid over its target. */
export function blended(spec: TaskSpec, { mask, feather = 0 }: Blend): TaskSpec {
  const plane = spec.planes[0]!
  const blend: BlendSpec = {
    mask: mask && spec.planes.length,
    ramps: feather > 0 ? { x: featherRamp(spec.width, feather), y: featherRamp(spec.height, feather) } : undefined,
  }
  return { ...spec, planes: mask ? [...spec.planes, { ...plane, clamp: false }] : spec.planes, blend }
}
