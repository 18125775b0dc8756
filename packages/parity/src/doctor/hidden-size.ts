import { type Convention, type Enlargement, enlargements, type UpKernel } from './kernels.js'

/** Lines of samples along one axis, NaN where unknown; `at` maps a sample to the pixel (index) of the `length` wide picture resized. */
export interface Lines {
  readonly lines: readonly Float64Array[]
  readonly start: number
  readonly length: number
  /** Values at or beyond these were clipped there. */
  readonly low?: number
  readonly high?: number
}

/** A size that the lines went through: they lie in the space that enlarging `size` samples by the kernel spans. */
export interface HiddenSize {
  readonly size: number
  /** The length that the size became. */
  readonly length: number
  readonly kernel: string
  readonly convention: Convention['name']
  /** Mean square left by the projection onto that space, over what is left with neighbouring sizes. */
  readonly dip: number
}

const ridge = 1e-3

// So deep a dip leaves no doubt about kernel and size.
const certain = 0.01

/** Finds the one smaller size whose enlargement explains the lines to the rounding noise; undefined when there is none. */
export function hiddenSize(
  lines: Lines,
  noise: number,
  tried: readonly Enlargement[] = enlargements,
): HiddenSize | undefined {
  const largest = Math.floor(lines.length * 0.97)
  const smallest = Math.max(8, Math.floor(lines.length / 12))
  const found: HiddenSize[] = []
  for (const { kernel, convention } of tried) {
    const size = dipOf(lines, kernel, convention, smallest, largest, noise)
    if (size) found.push(size)
    if (size && size.dip < certain) break
  }
  const deepest = Math.min(...found.map(({ dip }) => dip))
  // The space of a size lies within that of some larger ones, which then dip as deep.
  return found
    .filter(({ dip }) => dip < Math.max(deepest * 2, 0.05))
    .toSorted((a, b) => a.size - b.size || a.dip - b.dip)[0]
}

function dipOf(
  lines: Lines,
  kernel: UpKernel,
  convention: Convention,
  smallest: number,
  largest: number,
  noise: number,
): HiddenSize | undefined {
  const left: number[] = []
  // A few lines find the dip; all of them have to confirm it.
  const clipped = lines.low !== undefined || lines.high !== undefined
  const few = { ...lines, lines: lines.lines.slice(0, 3) }
  for (let size = smallest; size <= largest; size++) left.push(projectionLoss(few, size, kernel, convention))
  let best: HiddenSize | undefined
  const confirmed = (i: number): boolean => {
    const loss = (offset: number): number => projectionLoss(lines, smallest + i + offset, kernel, convention)
    return loss(0) + noise * 0.1 < 0.45 * (Math.min(loss(-3), loss(3)) + noise * 0.1)
  }
  left.forEach((loss, i) => {
    const around = [i - 4, i - 3, i - 2, i + 2, i + 3, i + 4].map((k) => left[k]).filter((value) => value !== undefined)
    const level = Math.min(...around)
    const dip = (loss + noise * 0.1) / (level + noise * 0.1)
    // Multiples of the true size span its space too: a later size must be clearly better to replace an earlier one.
    const explained = loss < noise * 12 + 3 || (clipped && dip < 0.06)
    // Sizes close to the length leave little to judge by.
    const clear = smallest + i < lines.length * 0.88 ? 0.45 : 0.15
    if (dip < clear && explained && (!best || (best.dip > 0.12 && dip < best.dip * 0.5)) && confirmed(i)) {
      best = { size: smallest + i, length: lines.length, kernel: kernel.name, convention: convention.name, dip }
    }
  })
  return best
}

/** Mean square, per degree of freedom, that no enlargement of `size` samples can produce: banded least squares (Cholesky). */
function projectionLoss(
  { lines, start, length, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }: Lines,
  size: number,
  kernel: UpKernel,
  convention: Convention,
): number {
  const count = lines[0]?.length ?? 0
  const positions = Float64Array.from({ length: count }, (_, i) => convention.position(start + i, size, length))
  const reach = kernel.reach
  const first = Math.max(0, Math.ceil(positions[0]! - reach))
  const last = Math.min(size - 1, Math.floor(positions[count - 1]! + reach))
  const n = last - first + 1
  const width = Math.ceil(2 * reach) + 1
  const from = new Int32Array(count)
  const weights = new Float64Array(count * width)
  for (let i = 0; i < count; i++) {
    const low = Math.ceil(positions[i]! - reach)
    from[i] = Math.max(first, low) - first
    for (let t = 0; t < width; t++) {
      const j = low + t
      // Beyond the rim the rim's sample is repeated.
      const slot = Math.max(first, Math.min(last, j)) - first - from[i]!
      if (slot >= 0 && slot < width) weights[i * width + slot]! += kernel.weight(positions[i]! - j)
    }
  }
  const space: Space = { from, weights, n, width, factor: cholesky(from, weights, count, n, width) }
  let [sum, terms] = [0, 0]
  for (const line of lines) {
    const clipped = line.reduce((total, value) => total + (value <= low || value >= high ? 1 : 0), 0)
    sum += clipped > 0 ? clippedResidual(line, space, low, high) : residual(line, fitted(line, space))
    terms += Math.max(1, count - n - clipped)
  }
  return sum / terms
}

/** The lines that enlarging n samples can make: sample i is the sum of weights[i * width + t] z[from[i] + t]. */
interface Space {
  readonly from: Int32Array
  readonly weights: Float64Array
  readonly n: number
  readonly width: number
  /** The band of the normal matrix's Cholesky factor. */
  readonly factor: Float64Array
}

function cholesky(from: Int32Array, weights: Float64Array, count: number, n: number, width: number): Float64Array {
  // Row j holds the band L[j][j - width + 1 .. j].
  const band = new Float64Array(n * width)
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < width; a++) {
      const w = weights[i * width + a]!
      if (w === 0) continue
      const row = from[i]! + a
      for (let b = 0; b <= a; b++) band[row * width + width - 1 - (a - b)]! += w * weights[i * width + b]!
    }
  }
  for (let j = 0; j < n; j++) {
    band[j * width + width - 1]! += ridge
    for (let k = Math.max(0, j - width + 1); k <= j; k++) {
      let sum = band[j * width + width - 1 - (j - k)]!
      for (let m = Math.max(0, j - width + 1, k - width + 1); m < k; m++) {
        sum -= band[j * width + width - 1 - (j - m)]! * band[k * width + width - 1 - (k - m)]!
      }
      band[j * width + width - 1 - (j - k)] =
        k === j ? Math.sqrt(Math.max(sum, ridge * 0.1)) : sum / band[k * width + width - 1]!
    }
  }
  return band
}

/** The line of the space that is nearest. */
function fitted(line: Float64Array, { from, weights, n, width, factor }: Space): Float64Array {
  const z = new Float64Array(n)
  for (let i = 0; i < line.length; i++) {
    for (let t = 0; t < width; t++) {
      const w = weights[i * width + t]!
      if (w !== 0) z[from[i]! + t]! += w * line[i]!
    }
  }
  for (let j = 0; j < n; j++) {
    let sum = z[j]!
    for (let m = Math.max(0, j - width + 1); m < j; m++) sum -= factor[j * width + width - 1 - (j - m)]! * z[m]!
    z[j] = sum / factor[j * width + width - 1]!
  }
  for (let j = n - 1; j >= 0; j--) {
    let sum = z[j]!
    for (let m = j + 1; m < Math.min(n, j + width); m++) sum -= factor[m * width + width - 1 - (m - j)]! * z[m]!
    z[j] = sum / factor[j * width + width - 1]!
  }
  return line.map((_, i) => {
    let value = 0
    for (let t = 0; t < width; t++) {
      const w = weights[i * width + t]!
      if (w !== 0) value += w * z[from[i]! + t]!
    }
    return value
  })
}

function residual(line: Float64Array, fit: Float64Array): number {
  let squares = 0
  for (let i = 0; i < line.length; i++) squares += (line[i]! - fit[i]!) ** 2
  return squares
}

const rounds = 6

// Of a clipped sample it is known only that it lay beyond: the fit itself says where, round by round.
function clippedResidual(line: Float64Array, space: Space, low: number, high: number): number {
  let guess = line
  let fit = fitted(guess, space)
  for (let round = 0; round < rounds; round++) {
    guess = line.map((value, i) =>
      value <= low ? Math.min(value, fit[i]!) : value >= high ? Math.max(value, fit[i]!) : value,
    )
    fit = fitted(guess, space)
  }
  return residual(guess, fit)
}
