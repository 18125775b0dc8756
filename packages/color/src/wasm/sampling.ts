import { isAxisAligned } from '../affine.js'
import type { SamplingPlan } from '../geometry.js'
import { axisTaps, type Span } from '../reference/kernels.js'
import { type Run, runOf } from './tables.js'

/** How a plane lies in its picture: one sample for each pixel, or for each 2x2 block. */
export type Subsampling = 'full' | 'half'

// Chroma sample k lies on luma column 2k horizontally: a quarter of a chroma pixel left of its block's centre.
const leftSiting = 0.25

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
