import type { YuvCoefficients } from './color-space.js'

/** value = k0 * plane0 + k1 * plane1 + k2 * plane2 + constant. */
export type Row = readonly [k0: number, k1: number, k2: number, constant: number]

export type RgbRows = readonly [r: Row, g: Row, b: Row]

/** What a picture's planes hold: red, green, blue; luma alone (full range); or stored Y, U, V. */
export type PlaneFamily = { readonly family: 'rgb' | 'gray' } | { readonly family: 'yuv'; readonly k: YuvCoefficients }

/** Sum of rows, each times its weight, plus a constant. */
function combine(rows: readonly Row[], weights: readonly number[], constant = 0): Row {
  const at = (i: 0 | 1 | 2 | 3): number => rows.reduce((sum, row, j) => sum + row[i] * weights[j]!, 0)
  return [at(0), at(1), at(2), at(3) + constant]
}

/** Red, green and blue (white is 255) from the planes; the YUV equations of ITU-R BT.601/709/2020 with `k`. */
export function rgbRows(source: PlaneFamily): RgbRows {
  switch (source.family) {
    case 'rgb':
      return [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]
    case 'gray':
      return [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
      ]
    case 'yuv': {
      const { kr, kg, kb, a, c, o } = source.k
      const row = (u: number, v: number): Row => [a, u, v, -a * o - 128 * (u + v)]
      return [
        row(0, 2 * (1 - kr) * c),
        row((-2 * kb * (1 - kb) * c) / kg, (-2 * kr * (1 - kr) * c) / kg),
        row(2 * (1 - kb) * c, 0),
      ]
    }
    default:
      return source satisfies never
  }
}

/** Full-range luma: RGB weighed by `weights`, YUV's own. */
export function lumaRow(source: PlaneFamily, { kr, kg, kb }: YuvCoefficients): Row {
  switch (source.family) {
    case 'rgb':
      return [kr, kg, kb, 0]
    case 'gray':
      return [1, 0, 0, 0]
    case 'yuv':
      return [source.k.a, 0, 0, -source.k.a * source.k.o]
    default:
      return source satisfies never
  }
}

/** Luma as `k` stores it, from a row of full-range luma. */
export function storedRow(luma: Row, { a, o }: YuvCoefficients): Row {
  return combine([luma], [1 / a], o)
}

/** Stored Y, U, V of `k` from rows of red, green and blue. */
export function yuvRows([r, g, b]: RgbRows, k: YuvCoefficients): readonly [y: Row, u: Row, v: Row] {
  const { kr, kg, kb, a, c, o } = k
  const [us, vs] = [1 / (2 * (1 - kb) * c), 1 / (2 * (1 - kr) * c)]
  return [
    combine([r, g, b], [kr / a, kg / a, kb / a], o),
    combine([r, g, b], [-kr * us, -kg * us, (1 - kb) * us], 128),
    combine([r, g, b], [(1 - kr) * vs, -kg * vs, -kb * vs], 128),
  ]
}

/** The value of a row for these plane values. */
export function evaluate([k0, k1, k2, constant]: Row, a: number, b: number, c: number): number {
  return k0 * a + k1 * b + k2 * c + constant
}
