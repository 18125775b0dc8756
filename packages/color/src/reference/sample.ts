import { applyAffine, isAxisAligned } from '../affine.js'
import type { Bounds, SamplingPlan } from '../geometry.js'
import { axisTaps, type Span, type Taps } from './kernels.js'

/** One sample of a plane, at integer coordinates of that plane. */
export type Read = (x: number, y: number) => number

/** How a plane lies in its picture: one sample for each pixel, or for each 2x2 block. */
export type Subsampling = 'full' | 'half'

interface Spans {
  readonly x: Span
  readonly y: Span
}

function spans({ x0, y0, x1, y1 }: Bounds, subsampling: Subsampling): Spans {
  if (subsampling === 'full') return { x: { lo: x0, hi: x1 }, y: { lo: y0, hi: y1 } }
  return {
    x: { lo: Math.floor(x0 / 2), hi: Math.ceil(x1 / 2) },
    y: { lo: Math.floor(y0 / 2), hi: Math.ceil(y1 / 2) },
  }
}

function blend(read: Read, xTaps: Taps, yTaps: Taps): number {
  let value = 0
  for (const row of yTaps) {
    let sum = 0
    for (const column of xTaps) sum += column.weight * read(column.index, row.index)
    value += row.weight * sum
  }
  return value
}

const bilinear = { kernel: 'bilinear', antialias: false } as const

// Chroma sample k lies on luma column 2k (pixel-centre coordinate 2k + 0.5) horizontally, between rows 2k and 2k + 1 vertically.
const leftSiting = 0.25

/** The plane at every target pixel of the plan, row by row; `pad` is not applied here. */
export function samplePlane(read: Read, plan: SamplingPlan, subsampling: Subsampling): Float64Array {
  const { width, height, map, bounds } = plan
  const values = new Float64Array(width * height)
  const { x: xSpan, y: ySpan } = spans(bounds, subsampling)
  const at = plan.exact ? exactSampler(read, plan, subsampling) : kernelSampler(read, plan, subsampling, xSpan, ySpan)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sourceX, sourceY] = applyAffine(map, x + 0.5, y + 0.5)
      values[y * width + x] = at(sourceX, sourceY)
    }
  }
  return values
}

/** Pixel centre to pixel centre: no kernel runs, and chroma is its block's one sample unless `linear` was asked for. */
function exactSampler(read: Read, { bounds, chroma }: SamplingPlan, subsampling: Subsampling): Read {
  const { x: xSpan, y: ySpan } = spans(bounds, subsampling)
  return (x, y) => {
    const column = Math.min(bounds.x1 - 1, Math.max(bounds.x0, Math.floor(x)))
    const row = Math.min(bounds.y1 - 1, Math.max(bounds.y0, Math.floor(y)))
    if (subsampling === 'full') return read(column, row)
    if (chroma === 'nearest') return read(Math.floor(column / 2), Math.floor(row / 2))
    const xTaps = axisTaps(bilinear, (column + 0.5) / 2 + leftSiting, 0.5, xSpan)
    const yTaps = axisTaps(bilinear, (row + 0.5) / 2, 0.5, ySpan)
    return blend(read, xTaps, yTaps)
  }
}

function kernelSampler(read: Read, plan: SamplingPlan, subsampling: Subsampling, xSpan: Span, ySpan: Span): Read {
  const ratio = subsampling === 'half' ? 0.5 : 1
  const shift = subsampling === 'half' && plan.chroma === 'linear' ? leftSiting : 0
  const [xScale, yScale] = isAxisAligned(plan.map) ? [Math.abs(plan.map[0]), Math.abs(plan.map[4])] : [1, 1]
  const xTaps = remembered((x) => axisTaps(plan, x * ratio + shift, xScale * ratio, xSpan))
  const yTaps = remembered((y) => axisTaps(plan, y * ratio, yScale * ratio, ySpan))
  return (x, y) => blend(read, xTaps(x), yTaps(y))
}

/** A column's taps are the same in every row: worked out once, and the last row's are kept. */
function remembered(taps: (centre: number) => Taps): (centre: number) => Taps {
  const known = new Map<number, Taps>()
  return (centre) => {
    const found = known.get(centre)
    if (found) return found
    const made = taps(centre)
    // A rotation has no two pixels alike: nothing is worth keeping then.
    if (known.size < 4096) known.set(centre, made)
    return made
  }
}

/** Whether a target pixel holds no picture and becomes `pad`. */
function isPadding(plan: SamplingPlan, x: number, y: number): boolean {
  const { inner, bounds, padOutside, map } = plan
  if (x < inner.x0 || x >= inner.x1 || y < inner.y0 || y >= inner.y1) return true
  if (!padOutside) return false
  const [sourceX, sourceY] = applyAffine(map, x + 0.5, y + 0.5)
  return sourceX < bounds.x0 || sourceX >= bounds.x1 || sourceY < bounds.y0 || sourceY >= bounds.y1
}

/** Puts `value` where the plan says that there is no picture. */
export function applyPad(values: Float64Array, plan: SamplingPlan, value: number): void {
  if (plan.pad === 'edge') return
  for (let y = 0; y < plan.height; y++) {
    for (let x = 0; x < plan.width; x++) {
      if (isPadding(plan, x, y)) values[y * plan.width + x] = value
    }
  }
}
