import { blank, blur, type Picture } from './picture.js'

/** How fine detail and broad areas of a picture came through, where `expected` says what they should be. */
export interface Bands {
  /** Gain of the finest luma detail, and its correlation: 1 and 1 when nothing is lost. */
  readonly lumaGain: number
  readonly lumaMatch: number
  /** The same for chroma detail, along each axis. */
  readonly chromaGainX: number
  readonly chromaGainY: number
  /** Root mean square luma error, and the largest. */
  readonly lumaError: number
  readonly largest: number
  /** Root mean square error of means over 8 x 8 blocks, and the share of blocks that are off by more than 8. */
  readonly broadError: number
  readonly strangeBlocks: number
}

// Luma and two colour differences of BT.601: enough to tell brightness from colour.
function opponent({ width, height, planes: [r, g, b] }: Picture): Picture {
  const result = blank(width, height)
  for (let i = 0; i < r.length; i++) {
    const y = 0.299 * r[i]! + 0.587 * g[i]! + 0.114 * b[i]!
    result.planes[0][i] = y
    result.planes[1][i] = b[i]! - y
    result.planes[2][i] = r[i]! - y
  }
  return result
}

/** Measures what came through; samples unknown in either picture are left out. */
export function compareBands(expected: Picture, received: Picture): Bands {
  const [a, b] = [opponent(expected), opponent(received)]
  const [softA, softB] = [blur(a), blur(b)]
  const detail = (channel: number): { gain: number; match: number } => {
    const [p, q, sp, sq] = [a.planes[channel]!, b.planes[channel]!, softA.planes[channel]!, softB.planes[channel]!]
    let [pp, pq, qq] = [0, 0, 0]
    for (let i = 0; i < p.length; i++) {
      const [x, y] = [p[i]! - sp[i]!, q[i]! - sq[i]!]
      if (Number.isNaN(x + y)) continue
      pp += x * x
      pq += x * y
      qq += y * y
    }
    return { gain: pp > 0 ? pq / pp : 1, match: pp > 0 && qq > 0 ? pq / Math.sqrt(pp * qq) : 1 }
  }
  const luma = detail(0)
  return {
    lumaGain: luma.gain,
    lumaMatch: luma.match,
    chromaGainX: chromaGain(a, b, 1),
    chromaGainY: chromaGain(a, b, a.width),
    ...lumaErrors(a.planes[0], b.planes[0]),
    ...broad(a.planes[0], b.planes[0], a),
  }
}

/** Gain of the colour differences' steps from one sample to the next but one. */
function chromaGain(a: Picture, b: Picture, step: number): number {
  let [pp, pq] = [0, 0]
  for (const c of [1, 2]) {
    const [p, q] = [a.planes[c]!, b.planes[c]!]
    for (let i = 0; i + step < p.length; i++) {
      const [x, y] = [p[i + step]! - p[i]!, q[i + step]! - q[i]!]
      if (Number.isNaN(x + y)) continue
      pp += x * x
      pq += x * y
    }
  }
  return pp > 0 ? pq / pp : 1
}

function lumaErrors(a: Float32Array, b: Float32Array): Pick<Bands, 'lumaError' | 'largest'> {
  let [sum, count, largest] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!)
    if (Number.isNaN(error)) continue
    sum += error * error
    largest = Math.max(largest, error)
    count++
  }
  return { lumaError: Math.sqrt(sum / Math.max(1, count)), largest }
}

// Luma alone: colour at half resolution spreads beyond any block.
function broad(
  a: Float32Array,
  b: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): Pick<Bands, 'broadError' | 'strangeBlocks'> {
  const columns = Math.ceil(width / 8)
  const sums = new Float64Array(columns * Math.ceil(height / 8))
  const counts = new Float64Array(sums.length)
  for (let i = 0; i < a.length; i++) {
    const error = a[i]! - b[i]!
    if (Number.isNaN(error)) continue
    const block = Math.floor(Math.floor(i / width) / 8) * columns + Math.floor((i % width) / 8)
    sums[block]! += error
    counts[block]! += 1
  }
  let [squares, known, strange] = [0, 0, 0]
  for (let block = 0; block < sums.length; block++) {
    // A block at the rim of what is known says little.
    if (counts[block]! < 24) continue
    const error = sums[block]! / counts[block]!
    squares += Math.min(error * error, 2500)
    known++
    if (Math.abs(error) > 8) strange++
  }
  return { broadError: Math.sqrt(squares / Math.max(1, known)), strangeBlocks: strange / Math.max(1, known) }
}
