/** Solves a small symmetric system in place by Gaussian elimination with pivoting; undefined when it is singular. */
export function solve(matrix: number[][], right: number[]): number[] | undefined {
  const n = right.length
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i]![k]!) > Math.abs(matrix[pivot]![k]!)) pivot = i
    if (!(Math.abs(matrix[pivot]![k]!) > 1e-12)) return undefined
    ;[matrix[k], matrix[pivot]] = [matrix[pivot]!, matrix[k]!]
    ;[right[k], right[pivot]] = [right[pivot]!, right[k]!]
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!
      if (factor === 0) continue
      for (let j = k; j < n; j++) matrix[i]![j]! -= factor * matrix[k]![j]!
      right[i]! -= factor * right[k]!
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    let sum = right[k]!
    for (let j = k + 1; j < n; j++) sum -= matrix[k]![j]! * right[j]!
    right[k] = sum / matrix[k]![k]!
  }
  return right
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The affine colour map (rows of 4: three weights and an offset) that fits best, and how much of the variance it leaves. */
export interface ColorRegression {
  readonly rows: readonly (readonly number[])[]
  /** Residual sum of squares over the total about the mean; 0 is perfect, 1 is nothing explained. */
  readonly unexplained: number
}

/** Least squares of received on sent colours; feed it with add(), then ask once. */
export class ColorFit {
  count = 0
  private readonly row = new Float64Array([0, 0, 0, 1, 0, 0, 0])
  // Sums of products of (r g b 1 | R G B), upper triangle used.
  private readonly sums = new Float64Array(49)

  add(s0: number, s1: number, s2: number, r0: number, r1: number, r2: number): void {
    const { row, sums } = this
    row[0] = s0
    row[1] = s1
    row[2] = s2
    row[4] = r0
    row[5] = r1
    row[6] = r2
    for (let i = 0; i < 4; i++) {
      const v = row[i]!
      for (let j = i; j < 7; j++) sums[i * 7 + j]! += v * row[j]!
    }
    sums[32]! += r0 * r0
    sums[40]! += r1 * r1
    sums[48]! += r2 * r2
    this.count++
  }

  solve(): ColorRegression | undefined {
    if (this.count < 12) return undefined
    const s = (i: number, j: number): number => this.sums[Math.min(i, j) * 7 + Math.max(i, j)]!
    const rows: number[][] = []
    let [left, total] = [0, 0]
    for (let c = 4; c < 7; c++) {
      // A touch of ridge keeps grey pictures, whose channels are one, solvable.
      const normal = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => s(i, j) * (i === j && i < 3 ? 1 + 1e-6 : 1)))
      const row = solve(
        normal,
        [0, 1, 2, 3].map((i) => s(i, c)),
      )
      if (!row) return undefined
      rows.push(row)
      left += s(c, c) - [0, 1, 2, 3].reduce((sum, i) => sum + row[i]! * s(i, c), 0)
      total += s(c, c) - s(3, c) ** 2 / this.count
    }
    return { rows, unexplained: total > 0 ? Math.max(0, left) / total : 1 }
  }
}
