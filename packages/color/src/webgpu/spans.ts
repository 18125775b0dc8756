import { applyAffine } from '../affine.js'
import type { SamplingPlan } from '../geometry.js'

/**
 * Where the source point of each target row's pixels lies within the bounds (x0 <= x < x1), two numbers a row. In float64, as the CPU
 * engine decides it: a shader's coordinates are too coarse for a point that lies on the edge.
 */
export function insideSpans({ width, height, map, bounds }: SamplingPlan): readonly number[] {
  const spans: number[] = []
  for (let y = 0; y < height; y++) {
    const inside = (x: number): boolean => {
      const [sourceX, sourceY] = applyAffine(map, x + 0.5, y + 0.5)
      return sourceX >= bounds.x0 && sourceX < bounds.x1 && sourceY >= bounds.y0 && sourceY < bounds.y1
    }
    const [startX, startY] = applyAffine(map, 0.5, y + 0.5)
    const [a, , , d] = map
    const columns = solved(startX, a, bounds.x0, bounds.x1)
    const rows = solved(startY, d, bounds.y0, bounds.y1)
    // The solution may be off by rounding: its neighbours are asked.
    let x0 = clampColumn(Math.ceil(Math.max(columns[0], rows[0])) - 1, width)
    let x1 = clampColumn(Math.floor(Math.min(columns[1], rows[1])) + 2, width)
    while (x0 < x1 && !inside(x0)) x0++
    while (x1 > x0 && !inside(x1 - 1)) x1--
    spans.push(x0, x1)
  }
  return spans
}

const clampColumn = (x: number, width: number): number => Math.min(width, Math.max(0, x))

/** The x for which from <= start + step * x < to. */
function solved(start: number, step: number, from: number, to: number): readonly [number, number] {
  if (step === 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const ends = [(from - start) / step, (to - start) / step]
  return [Math.min(...ends), Math.max(...ends)]
}
