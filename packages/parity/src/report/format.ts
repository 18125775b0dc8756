/** A number for people: four digits, and words for what has none. */
export function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'none' : value > 0 ? 'infinite' : '-infinite'
  const size = Math.abs(value)
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

/** A ratio in dB; equal things have no noise. */
export function decibels(value: number): string {
  return value === Number.POSITIVE_INFINITY ? 'infinite (equal)' : `${value.toFixed(2)} dB`
}

/** Milliseconds. */
export function ms(value: unknown): string {
  return typeof value === 'number' ? `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms` : 'not known'
}
