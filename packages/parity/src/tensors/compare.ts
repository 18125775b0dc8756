import { I2iError, type Tensor } from '@i2i/core'
import { type Histogram, histogramOf, type Percentiles, percentilesOf } from './distribution.js'
import { indexIn, type Numbers, tensorNumbers } from './numbers.js'
import { type Tolerance, toleranceOf } from './tolerance.js'

/** How far a tensor lies from a reference. A number that is finite on one side only is off by Infinity. */
export interface TensorComparison {
  /** Every number is within the tolerance; the same NaN or infinity in the same place counts as equal. */
  readonly equal: boolean
  /** Not a bit differs in value. */
  readonly identical: boolean
  readonly tolerance: Tolerance
  readonly maxAbs: number
  readonly meanAbs: number
  readonly rmse: number
  /** Largest |a - b| / |b| where b is not 0. */
  readonly maxRel: number
  /** 20 log10(peak / rmse) in dB; Infinity for equal tensors. */
  readonly psnr: number
  /** What PSNR takes for full scale. */
  readonly peak: number
  /** Cosine of the angle between the two, over what is finite in both; 1 for two tensors of zeros. */
  readonly cosine: number
  /** Of |a - b|, interpolated linearly between ranks as numpy does. */
  readonly percentiles: Percentiles
  readonly histogram: Histogram
  /** How many numbers are outside the tolerance. */
  readonly outside: number
  /** Where the first number outside the tolerance is; absent when equal. */
  readonly first?: readonly number[]
  /** Where the largest difference is. */
  readonly worst: readonly number[]
  /** NaN in a, in b. */
  readonly nan: readonly [number, number]
  /** Infinities in a, in b. */
  readonly inf: readonly [number, number]
}

/** What a comparison of tensors is held to. */
export interface TensorComparisonOptions extends Tolerance {
  /** Full scale for PSNR; default 255 when both are uint8, else 1. */
  peak?: number
}

/**
 * Compares a with the reference b. Default tolerance: that of the coarser type of the two (float32: rtol 1.3e-6, atol 1e-5; float16: 1e-2,
 * 1e-3; integers: none).
 * @throws SHAPE_MISMATCH for other dims, OPTION_INVALID for a tensor on a GPU or a tolerance below 0
 */
export function compareTensors(a: Tensor, b: Tensor, options?: TensorComparisonOptions): TensorComparison {
  if (a.dims.length !== b.dims.length || a.dims.some((size, axis) => size !== b.dims[axis])) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `tensors of [${a.dims.join(', ')}] and [${b.dims.join(', ')}] cannot be compared; bring both to one shape`,
      { details: { a: a.dims, b: b.dims } },
    )
  }
  const tolerance = checked(options) ?? coarser(toleranceOf(a.dtype), toleranceOf(b.dtype))
  const peak = options?.peak ?? (a.dtype === 'uint8' && b.dtype === 'uint8' ? 255 : 1)
  const [left, right] = [tensorNumbers(a), tensorNumbers(b)]
  const errors = absoluteErrors(left, right)
  const { first, worst, ...sums } = summary(left, right, errors, tolerance)
  return {
    ...sums,
    equal: sums.outside === 0,
    identical: sums.maxAbs === 0,
    tolerance,
    peak,
    psnr: sums.rmse === 0 ? Number.POSITIVE_INFINITY : 20 * Math.log10(peak / sums.rmse),
    ...spread(errors),
    ...(first !== undefined && { first: indexIn(a.dims, first) }),
    worst: errors.length === 0 ? [] : indexIn(a.dims, worst),
  }
}

function spread(errors: Float64Array): { percentiles: Percentiles; histogram: Histogram } {
  const sorted = errors.toSorted()
  return { percentiles: percentilesOf(sorted), histogram: histogramOf(sorted) }
}

function absoluteErrors(a: Numbers, b: Numbers): Float64Array {
  const errors = new Float64Array(a.length)
  for (let i = 0; i < errors.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    // Infinities of one sign and NaN beside NaN are no difference, though their subtraction says so.
    if (x === y || Object.is(x, y)) continue
    const error = Math.abs(x - y)
    errors[i] = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return errors
}

function summary(a: Numbers, b: Numbers, errors: Float64Array, { rtol, atol }: Tolerance) {
  let [maxAbs, sum, squares, maxRel, worst, outside] = [0, 0, 0, 0, 0, 0]
  let first: number | undefined
  const [dot, nan, inf] = [[0, 0, 0], [0, 0] as [number, number], [0, 0] as [number, number]]
  for (let i = 0; i < errors.length; i++) {
    const [x, y, error] = [a[i]!, b[i]!, errors[i]!]
    sum += error
    squares += error * error
    if (error > maxAbs) {
      maxAbs = error
      worst = i
    }
    if (y !== 0 && error > 0) maxRel = Math.max(maxRel, error / Math.abs(y) || 0)
    // Against an infinite reference the allowance would be infinite too.
    if (error > 0 && !(Number.isFinite(error) && error <= atol + rtol * Math.abs(y))) {
      first ??= i
      outside++
    }
    if (Number.isFinite(x) && Number.isFinite(y)) {
      dot[0]! += x * y
      dot[1]! += x * x
      dot[2]! += y * y
    } else {
      count(nan, inf, 0, x)
      count(nan, inf, 1, y)
    }
  }
  const total = Math.max(1, errors.length)
  const [product = 0, squareA = 0, squareB = 0] = dot
  // One root of the product: of equal tensors it is exact, and they are at exactly 1.
  const lengths = Math.sqrt(squareA * squareB)
  const cosine = lengths > 0 ? Math.min(1, Math.max(-1, product / lengths)) : squareA === squareB ? 1 : 0
  return {
    maxAbs,
    meanAbs: sum / total,
    rmse: Math.sqrt(squares / total),
    maxRel,
    cosine,
    nan,
    inf,
    outside,
    first,
    worst,
  }
}

function count(nan: [number, number], inf: [number, number], side: 0 | 1, value: number): void {
  if (Number.isNaN(value)) nan[side]++
  else if (!Number.isFinite(value)) inf[side]++
}

function checked(options: Tolerance | undefined): Tolerance | undefined {
  if (!options) return undefined
  const { rtol, atol } = options
  if (rtol >= 0 && atol >= 0) return { rtol, atol }
  throw new I2iError('OPTION_INVALID', `a tolerance of rtol ${rtol}, atol ${atol} is none; give numbers of at least 0`)
}

function coarser(a: Tolerance, b: Tolerance): Tolerance {
  return { rtol: Math.max(a.rtol, b.rtol), atol: Math.max(a.atol, b.atol) }
}
