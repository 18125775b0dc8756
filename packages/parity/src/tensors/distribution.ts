/** How errors are distributed. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly 'p99.9': number
}

/** Counts over equal bins: bin i holds `edges[i] <= error < edges[i + 1]`, the last one its upper edge too; infinities are left out. */
export interface Histogram {
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

/** Percentiles of sorted numbers, interpolated linearly between ranks (numpy's default); 0 for none. */
export function percentilesOf(sorted: Float64Array): Percentiles {
  const at = (percent: number): number => {
    const rank = ((sorted.length - 1) * percent) / 100
    const low = sorted[Math.floor(rank)] ?? 0
    const high = sorted[Math.ceil(rank)] ?? low
    return low === high ? low : low + (high - low) * (rank - Math.floor(rank))
  }
  return { p50: at(50), p90: at(90), p99: at(99), 'p99.9': at(99.9) }
}

/** A histogram of sorted numbers, from 0 or the smallest (whichever is less) up to the largest finite one. */
export function histogramOf(sorted: Float64Array, bins = 32): Histogram {
  let [start, end] = [0, sorted.length]
  while (end > 0 && !Number.isFinite(sorted[end - 1])) end--
  while (start < end && !Number.isFinite(sorted[start])) start++
  const [low, top] = [Math.min(0, sorted[start] ?? 0), sorted[end - 1] ?? 0]
  // One bin where everything is equal: there is no width to divide.
  if (top <= low) return { edges: [low, low], counts: [end - start] }
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((top - low) * i) / bins)
  const counts = new Array<number>(bins).fill(0)
  let bin = 0
  for (let i = start; i < end; i++) {
    while (bin < bins - 1 && sorted[i]! >= edges[bin + 1]!) bin++
    counts[bin]!++
  }
  return { edges, counts }
}
