const radius = 5
const sigma = 1.5
const c1 = (0.01 * 255) ** 2
const c2 = (0.03 * 255) ** 2

const window = gaussian()

/**
 * Mean structural similarity of two 8-bit planes: Wang, Bovik, Sheikh, Simoncelli 2004, 11x11 Gaussian window of sigma 1.5, K1 = 0.01,
 * K2 = 0.03, L = 255, over the positions where the window lies inside. Planes smaller than the window count as one uniform window.
 */
export function ssim(a: Float64Array, b: Float64Array, width: number, height: number): number {
  const size = 2 * radius + 1
  if (width < size || height < size) return wholeSsim(a, b)
  const blurred = (of: (i: number) => number) =>
    blur(
      Float64Array.from(a, (_, i) => of(i)),
      width,
      height,
    )
  const [meanA, meanB] = [blurred((i) => a[i]!), blurred((i) => b[i]!)]
  const [squareA, squareB] = [blurred((i) => a[i]! ** 2), blurred((i) => b[i]! ** 2)]
  const product = blurred((i) => a[i]! * b[i]!)
  let sum = 0
  for (let i = 0; i < meanA.length; i++) sum += local(meanA[i]!, meanB[i]!, squareA[i]!, squareB[i]!, product[i]!)
  return sum / meanA.length
}

function local(meanA: number, meanB: number, squareA: number, squareB: number, product: number): number {
  const covariance = product - meanA * meanB
  const variances = squareA - meanA ** 2 + (squareB - meanB ** 2)
  return ((2 * meanA * meanB + c1) * (2 * covariance + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (variances + c2))
}

function wholeSsim(a: Float64Array, b: Float64Array): number {
  const mean = (of: (i: number) => number) => a.reduce((sum, _, i) => sum + of(i), 0) / a.length
  const [meanA, meanB] = [mean((i) => a[i]!), mean((i) => b[i]!)]
  return local(
    meanA,
    meanB,
    mean((i) => a[i]! ** 2),
    mean((i) => b[i]! ** 2),
    mean((i) => a[i]! * b[i]!),
  )
}

/** Gives the inside alone: each axis is shorter by the window less one. */
function blur(plane: Float64Array, width: number, height: number): Float64Array {
  const innerWidth = width - 2 * radius
  const rows = new Float64Array(innerWidth * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < innerWidth; x++) rows[y * innerWidth + x] = weighted(plane, y * width + x, 1)
  const inner = new Float64Array(innerWidth * (height - 2 * radius))
  for (let i = 0; i < inner.length; i++) inner[i] = weighted(rows, i, innerWidth)
  return inner
}

function weighted(data: Float64Array, start: number, step: number): number {
  let sum = 0
  for (let k = 0; k < window.length; k++) sum += window[k]! * data[start + k * step]!
  return sum
}

function gaussian(): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}
