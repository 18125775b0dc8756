import { leftSiting, type Subsampling } from '../axis-sampling.js'
import type { SamplingPlan } from '../geometry.js'

/** What affineRow needs to sample a plane under any map. */
export interface AffineSampling {
  readonly map: SamplingPlan['map']
  readonly ratio: number
  readonly shift: number
  /** The picture points that may be asked for: x0, y0, x1, y1. */
  readonly limits: readonly [number, number, number, number]
  readonly bounds: readonly [number, number, number, number]
  readonly kernel: number
}

const kernelNumbers = { nearest: 0, bilinear: 1, bicubic: 2 } as const
// Far outside any picture, well inside what the kernel's integers hold.
const far = 1e6

/** How a plane is sampled pixel by pixel. */
export function affineSampling(plan: SamplingPlan, subsampling: Subsampling): AffineSampling {
  const { x0, y0, x1, y1 } = plan.bounds
  const half = subsampling === 'half'
  const linear = half && plan.chroma === 'linear'
  // Area never meets a rotation; a quarter turn has no kernel at all.
  const named = plan.kernel === 'area' ? 'nearest' : plan.kernel
  const kernel = !plan.exact ? named : linear ? 'bilinear' : 'nearest'
  return {
    map: plan.map,
    ratio: half ? 0.5 : 1,
    shift: linear ? leftSiting : 0,
    limits: plan.exact ? [x0 + 0.5, y0 + 0.5, x1 - 0.5, y1 - 0.5] : [-far, -far, far, far],
    bounds: half ? [Math.floor(x0 / 2), Math.floor(y0 / 2), Math.ceil(x1 / 2), Math.ceil(y1 / 2)] : [x0, y0, x1, y1],
    kernel: kernelNumbers[kernel],
  }
}

/** The plane rows that target rows t0 <= t < t1 read: from, to (exclusive). */
export function affineRows(sampling: AffineSampling, width: number, t0: number, t1: number): readonly [number, number] {
  const [, , , d, e, f] = sampling.map
  const [, top, , bottom] = sampling.bounds
  const corners = [
    d * 0.5 + e * (t0 + 0.5),
    d * (width - 0.5) + e * (t0 + 0.5),
    d * 0.5 + e * (t1 - 0.5),
    d * (width - 0.5) + e * (t1 - 0.5),
  ]
  const clampRow = (y: number): number => Math.min(bottom - 1, Math.max(top, y))
  // The widest kernel reads two rows either way.
  const from = clampRow(Math.floor((Math.min(...corners) + f) * sampling.ratio) - 3)
  const to = clampRow(Math.ceil((Math.max(...corners) + f) * sampling.ratio) + 3)
  return [from, to + 1]
}

/** Where each target row holds picture (x0 <= x < x1), two numbers a row; undefined where all of it does. */
export function pictureSpans(plan: SamplingPlan): Int32Array | undefined {
  const { width, height, inner, bounds, map, padOutside } = plan
  const whole = inner.x0 === 0 && inner.y0 === 0 && inner.x1 === width && inner.y1 === height
  if (plan.pad === 'edge' || (whole && !padOutside)) return undefined
  const spans = new Int32Array(height * 2)
  const [a, b, c, d, e, f] = map
  for (let y = inner.y0; y < inner.y1; y++) {
    let [x0, x1] = [inner.x0, inner.x1]
    if (padOutside) {
      const outside = (x: number): boolean => {
        const sourceX = a * (x + 0.5) + b * (y + 0.5) + c
        const sourceY = d * (x + 0.5) + e * (y + 0.5) + f
        return sourceX < bounds.x0 || sourceX >= bounds.x1 || sourceY < bounds.y0 || sourceY >= bounds.y1
      }
      while (x0 < x1 && outside(x0)) x0++
      while (x1 > x0 && outside(x1 - 1)) x1--
    }
    spans[y * 2] = x0
    spans[y * 2 + 1] = x1
  }
  return spans
}
