/** A tone curve over 8-bit steps; values outside 0..255 are mirrored through 0 so that they keep their order. */
export interface Curve {
  readonly code?: 'GAMMA'
  readonly name: string
  readonly exponent?: number
  apply(value: number): number
}

/** No curve at all. */
export const linear: Curve = { name: 'linear', apply: (value) => value }

/** value^exponent, 1.0 being white. */
export function powerCurve(exponent: number): Curve {
  const apply = (value: number): number => Math.sign(value) * 255 * (Math.abs(value) / 255) ** exponent
  return { code: 'GAMMA', name: 'power', exponent, apply }
}

let made: readonly Curve[] | undefined

/** The two curves of sRGB (IEC 61966-2-1) and of BT.709, and powers from 0.35 to 2.9; tabulated at the first call. */
export function allCurves(): readonly Curve[] {
  made ??= [
    tabulated('sRGB encoded twice', (x) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055)),
    tabulated('sRGB decoded, not encoded', (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)),
    tabulated('BT.709 encoded twice', (x) => (x < 0.018 ? 4.5 * x : 1.099 * x ** 0.45 - 0.099)),
    tabulated('BT.709 decoded, not encoded', (x) => (x < 0.081 ? x / 4.5 : ((x + 0.099) / 1.099) ** (1 / 0.45))),
    ...[-7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7].map((step): Curve => {
      const exponent = Math.exp(0.15 * step)
      return { ...tabulated('power', (x) => x ** exponent), exponent }
    }),
  ]
  return made
}

// A table of 16 steps to each 8-bit step: powers are dear, and thousands of stories are tried.
function tabulated(name: string, curve: (x: number) => number): Curve {
  const fine = 16
  const table = Float64Array.from({ length: 320 * fine }, (_, i) => 255 * curve(i / fine / 255))
  const apply = (value: number): number => {
    const at = Math.min(Math.abs(value) * fine, table.length - 2)
    const low = Math.floor(at)
    const result = table[low]! + (table[low + 1]! - table[low]!) * (at - low)
    return value < 0 ? -result : result
  }
  return { code: 'GAMMA', name, apply }
}
