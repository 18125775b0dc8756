import type { Affine } from './types.js'

// Below any offset that matters in a 32768-pixel picture, above what float64 arithmetic leaves behind.
const tolerance = 1e-6

/** `value`, or the integer that it misses by rounding noise alone. */
export function snap(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value - whole) < tolerance ? whole : value
}

/** The point that `map` sends (x, y) to. */
export function applyAffine([a, b, c, d, e, f]: Affine, x: number, y: number): readonly [number, number] {
  return [a * x + b * y + c, d * x + e * y + f]
}

/** The map that undoes this one; undefined where it is singular. */
export function invertAffine([a, b, c, d, e, f]: Affine): Affine | undefined {
  const determinant = a * e - b * d
  if (!Number.isFinite(1 / determinant)) return undefined
  return [
    e / determinant,
    -b / determinant,
    (b * f - c * e) / determinant,
    -d / determinant,
    a / determinant,
    (c * d - a * f) / determinant,
  ]
}

/** Whether the map keeps rows rows and columns columns (no rotation, no shear). */
export function isAxisAligned([, b, , d]: Affine): boolean {
  return b === 0 && d === 0
}

/** The map with rounding noise removed, where it is a shift, mirror or quarter turn that sends pixel centres to pixel centres; else undefined. */
export function pixelPermutation(map: Affine): Affine | undefined {
  const [a, b, , d, e] = map.map(snap)
  const upright = Math.abs(a!) === 1 && b === 0 && d === 0 && Math.abs(e!) === 1
  const turned = a === 0 && Math.abs(b!) === 1 && Math.abs(d!) === 1 && e === 0
  if (!upright && !turned) return undefined
  // The half pixels of the two centres cancel for a shift; a mirror leaves a whole one: the offset is an integer either way.
  const [, , c, , , f] = map.map(snap)
  if (!Number.isInteger(c) || !Number.isInteger(f)) return undefined
  return [a!, b!, c!, d!, e!, f!]
}
