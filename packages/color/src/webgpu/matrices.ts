import type { RgbRows, Row } from '../color-map.js'
import type { Values } from './wgsl/part.js'

const grain = 2 ** 12

/** A matrix's uniforms: each coefficient as a multiple of 2^-12 and the rest; `centre` is taken from the input first. */
export function matrixValues(name: string, rows: RgbRows, centre: readonly number[] = [0, 0, 0]): Values {
  const values: Record<string, readonly number[]> = { [`${name}_centre`]: centre }
  rows.forEach(([k0, k1, k2, constant]: Row, i) => {
    const coefficients = [k0, k1, k2]
    const coarse = coefficients.map((k) => Math.round(k * grain) / grain)
    const moved = coefficients.reduce((sum, k, j) => sum + k * centre[j]!, constant)
    values[`${name}_${i}`] = [...coarse, moved]
    values[`${name}_${i}_fine`] = coefficients.map((k, j) => k - coarse[j]!)
  })
  return values
}
