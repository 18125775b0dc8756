import { isAxisAligned } from './affine.js'
import type { SamplingPlan } from './geometry.js'
import { axisTaps, type Span, type Taps } from './reference/kernels.js'

/** The samples that make one value, in ascending order without gaps: sample `first + i` has weight `weights[i]`. */
export interface Run {
  readonly first: number
  readonly weights: readonly number[]
}

/** Taps as a run; taps on the same sample (a repeated edge) are added up, ends of no weight are dropped. */
function runOf(taps: Taps): Run {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { index, weight } of taps) {
    if (weight === 0) continue
    first = Math.min(first, index)
    last = Math.max(last, index)
  }
  const weights = new Array<number>(last - first + 1).fill(0)
  for (const { index, weight } of taps) if (weight !== 0) weights[index - first]! += weight
  return { first, weights }
}

/** How a plane lies in its picture: one sample for each pixel, or for each 2x2 block. */
export type Subsampling = 'full' | 'half'

/** Chroma sample k lies on luma column 2k horizontally: a quarter of a chroma pixel left of its block's centre. */
export const leftSiting = 0.25

/** How one plane is sampled under an axis-aligned plan: by columns and rows, each on its own. */
export interface AxisSampling {
  readonly columns: readonly Run[]
  readonly rows: readonly Run[]
}

function axis(plan: SamplingPlan, subsampling: Subsampling, horizontal: boolean): readonly Run[] {
  const { map, bounds, exact, chroma } = plan
  const [scale, offset] = horizontal ? [map[0], map[2]] : [map[4], map[5]]
  const count = horizontal ? plan.width : plan.height
  const [lo, hi] = horizontal ? [bounds.x0, bounds.x1] : [bounds.y0, bounds.y1]
  const half = subsampling === 'half'
  const span: Span = half ? { lo: Math.floor(lo / 2), hi: Math.ceil(hi / 2) } : { lo, hi }
  const shift = half && horizontal && chroma === 'linear' ? leftSiting : 0
  const ratio = half ? 0.5 : 1
  return Array.from({ length: count }, (_, i) => {
    const centre = scale * (i + 0.5) + offset
    if (!exact) return runOf(axisTaps(plan, centre * ratio + shift, Math.abs(scale) * ratio, span))
    const pixel = Math.min(hi - 1, Math.max(lo, Math.floor(centre)))
    if (!half) return { first: pixel, weights: [1] }
    if (chroma === 'nearest') return { first: pixel >> 1, weights: [1] }
    return runOf(axisTaps({ kernel: 'bilinear', antialias: false }, (pixel + 0.5) / 2 + shift, 0.5, span))
  })
}

/** The column and row taps of a plane; undefined under a rotation, shear or quarter turn. */
export function axisSampling(plan: SamplingPlan, subsampling: Subsampling): AxisSampling | undefined {
  if (!isAxisAligned(plan.map)) return undefined
  return { columns: axis(plan, subsampling, true), rows: axis(plan, subsampling, false) }
}
