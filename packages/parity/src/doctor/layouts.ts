import { blank, type Picture } from './picture.js'

/** A way to put the samples of a picture in the wrong place without losing any but those that `source` says are gone. */
export interface Layout {
  readonly code: string
  readonly evidence: Readonly<Record<string, number | string>>
  /** The sample (3 x pixel + channel) that lands at `sample`, or -1. */
  source(sample: number, width: number, height: number): number
}

/** The picture as the fault would leave it. */
export function applyLayout(picture: Picture, layout: Layout): Picture {
  const { width, height } = picture
  const result = blank(width, height)
  for (let sample = 0; sample < width * height * 3; sample++) {
    const source = layout.source(sample, width, height)
    const value = source < 0 ? Number.NaN : picture.planes[source % 3]![Math.floor(source / 3)]!
    result.planes[sample % 3]![Math.floor(sample / 3)] = value
  }
  return picture.alpha ? { ...result, alpha: movedAlpha(picture.alpha, picture, layout) } : result
}

// Alpha goes where its pixel's red went; what lies beyond the buffer counts as opaque.
function movedAlpha(alpha: Float32Array, { width, height }: Picture, layout: Layout): Float32Array {
  return alpha.map((_, pixel) => alpha[Math.floor(layout.source(pixel * 3, width, height) / 3)] ?? 255)
}

/** The picture before the fault; samples that were lost are NaN. */
export function undoLayout(picture: Picture, layout: Layout): Picture {
  const { width, height } = picture
  const result = blank(width, height)
  for (const plane of result.planes) plane.fill(Number.NaN)
  for (let sample = 0; sample < width * height * 3; sample++) {
    const source = layout.source(sample, width, height)
    if (source >= 0)
      result.planes[source % 3]![Math.floor(source / 3)] = picture.planes[sample % 3]![Math.floor(sample / 3)]!
  }
  return result
}

/** Planar samples read as interleaved ones, and the reverse. */
export const orderFaults: readonly Layout[] = [
  {
    code: 'LAYOUT_NCHW_AS_NHWC',
    evidence: { stored: 'NCHW', read: 'NHWC' },
    source: (sample, width, height) => {
      const area = width * height
      return (sample % area) * 3 + Math.floor(sample / area)
    },
  },
  {
    code: 'LAYOUT_NHWC_AS_NCHW',
    evidence: { stored: 'NHWC', read: 'NCHW' },
    source: (sample, width, height) => (sample % 3) * width * height + Math.floor(sample / 3),
  },
]

/** Depth-to-space of channels stored in the other of its two orders (ONNX DepthToSpace, modes DCR and CRD), blocks of r x r. */
export function shuffleFaults(r: number): readonly Layout[] {
  const area = r * r
  const inBlock = (swap: (channel: number, place: number) => readonly [number, number]): Layout['source'] => {
    return (sample, width, height) => {
      const [channel, pixel] = [sample % 3, Math.floor(sample / 3)]
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      const [left, top] = [x - (x % r), y - (y % r)]
      if (left + r > width || top + r > height) return sample
      const [fromChannel, fromPlace] = swap(channel, (y - top) * r + (x - left))
      const from = (top + Math.floor(fromPlace / r)) * width + left + (fromPlace % r)
      return from * 3 + fromChannel
    }
  }
  const code = 'PIXEL_SHUFFLE_DCR_CRD'
  return [
    {
      code,
      evidence: { period: r, stored: 'CRD', read: 'DCR' },
      source: inBlock((channel, place) => [Math.floor((place * 3 + channel) / area), (place * 3 + channel) % area]),
    },
    {
      code,
      evidence: { period: r, stored: 'DCR', read: 'CRD' },
      source: inBlock((channel, place) => [(channel * area + place) % 3, Math.floor((channel * area + place) / 3)]),
    },
  ]
}

/** Rows read at a distance other than theirs: each row starts `pixels` too early (or too late, when negative). */
export function strideFault(pixels: number): Layout {
  return {
    code: 'STRIDE_IGNORED',
    evidence: { pixelsPerRow: pixels },
    source: (sample, width, height) => {
      const [channel, pixel] = [sample % 3, Math.floor(sample / 3)]
      if (pixels < 0) {
        const from = pixel - Math.floor(pixel / width) * pixels
        return from < width * height ? from * 3 + channel : -1
      }
      const [row, x] = [Math.floor(pixel / (width + pixels)), pixel % (width + pixels)]
      return x < width ? (row * width + x) * 3 + channel : -1
    },
  }
}

/** How far the content may move from one row to the next, likeliest first; none where it seems to stand still. */
export function rowLags(picture: Picture, axis: 'x' | 'y'): readonly number[] {
  const { width, height, planes } = picture
  const [length, count] = axis === 'x' ? [width, height] : [height, width]
  const at = (i: number, line: number): number => planes[1][axis === 'x' ? line * width + i : i * width + line]!
  const reach = Math.min(64, Math.floor(length / 3))
  const cost = (lag: number): number => {
    let [sum, terms] = [0, 0]
    for (let line = 1; line < count; line += Math.max(1, Math.floor(count / 40))) {
      for (let i = reach; i < length - reach; i += 2) {
        const difference = Math.abs(at(i + lag, line) - at(i, line - 1))
        if (Number.isNaN(difference)) continue
        sum += Math.min(difference, 40)
        terms++
      }
    }
    return sum / terms
  }
  const still = cost(0)
  const lags = Array.from({ length: 2 * reach + 1 }, (_, i) => ({ lag: i - reach, cost: cost(i - reach) }))
  const better = lags.filter(({ lag, cost: value }) => lag !== 0 && value < still * 0.95)
  const [least] = better.toSorted((a, b) => a.cost - b.cost)
  // Regular patterns are nearly as much alike two pixels on.
  return better
    .filter(({ cost: value }) => value < least!.cost * 1.15)
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, 3)
    .map(({ lag }) => lag)
}
