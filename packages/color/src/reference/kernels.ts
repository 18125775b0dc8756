import type { SamplingPlan } from '../geometry.js'

/** Which samples of a row (or column) make a value, and how much of each. */
export type Taps = readonly { readonly index: number; readonly weight: number }[]

/** The samples of a row that may be read: lo <= index < hi. */
export interface Span {
  readonly lo: number
  readonly hi: number
}

/** The cubic convolution kernel of Keys (1981) with its parameter `a`. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x)
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a
  return 0
}

function clampIndex(index: number, { lo, hi }: Span): number {
  return Math.min(hi - 1, Math.max(lo, index))
}

/** The box over the footprint, each sample by how much of it is covered; beyond the span its edge is repeated. */
function boxTaps(centre: number, width: number, span: Span): Taps {
  const [from, to] = [centre - width / 2, centre + width / 2]
  const taps = []
  for (let index = Math.floor(from); index < to; index++) {
    const covered = Math.min(index + 1, to) - Math.max(index, from)
    taps.push({ index: clampIndex(index, span), weight: covered / width })
  }
  return taps
}

/**
 * Pillow's way: the kernel widened by the scale, samples outside the span left out and the rest renormalised. A centre that lies outside,
 * where Pillow never is, sees the edge replicated: what a few outer weights add up to is no mean of anything.
 */
function antialiasTaps(kernel: 'bilinear' | 'bicubic', centre: number, scale: number, span: Span): Taps {
  const widened = Math.max(1, scale)
  const support = (kernel === 'bilinear' ? 1 : 2) * widened
  const outside = centre < span.lo || centre > span.hi
  const least = outside ? Number.NEGATIVE_INFINITY : span.lo
  const most = outside ? Number.POSITIVE_INFINITY : span.hi
  const first = Math.max(least, Math.floor(centre - support + 0.5))
  const end = Math.min(most, Math.floor(centre + support + 0.5))
  const taps = []
  let sum = 0
  for (let index = first; index < end; index++) {
    const x = (index + 0.5 - centre) / widened
    const weight = kernel === 'bilinear' ? Math.max(0, 1 - Math.abs(x)) : cubic(x, -0.5)
    sum += weight
    taps.push({ index: clampIndex(index, span), weight })
  }
  return taps.map(({ index, weight }) => ({ index, weight: weight / sum }))
}

/**
 * The taps of one axis at `centre` (pixel-centre coordinates: the centre of sample i is i + 0.5), `scale` source samples a target
 * pixel apart.
 */
export function axisTaps(
  { kernel, antialias }: Pick<SamplingPlan, 'kernel' | 'antialias'>,
  centre: number,
  scale: number,
  span: Span,
): Taps {
  const whole = Math.floor(centre - 0.5)
  const rest = centre - 0.5 - whole
  switch (kernel) {
    case 'nearest':
      return [{ index: clampIndex(Math.floor(centre), span), weight: 1 }]
    case 'area':
      return boxTaps(centre, scale, span)
    case 'bilinear':
      if (antialias) return antialiasTaps(kernel, centre, scale, span)
      return [
        { index: clampIndex(whole, span), weight: 1 - rest },
        { index: clampIndex(whole + 1, span), weight: rest },
      ]
    case 'bicubic':
      if (antialias) return antialiasTaps(kernel, centre, scale, span)
      return [-1, 0, 1, 2].map((step) => ({ index: clampIndex(whole + step, span), weight: cubic(rest - step, -0.75) }))
    default:
      return kernel satisfies never
  }
}
