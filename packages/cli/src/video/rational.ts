/** A ratio of whole numbers, as FFmpeg has time bases and frame rates. */
export interface Rational {
  readonly num: number
  readonly den: number
}

/** "30000/1001" or "4:3"; undefined for what is no ratio, or has a zero in it. */
export function parseRational(text: unknown): Rational | undefined {
  const [, num, den] = /^(\d+)[/:](\d+)$/.exec(String(text)) ?? []
  return Number(num) > 0 && Number(den) > 0 ? { num: Number(num), den: Number(den) } : undefined
}

/** "30000/1001", or with another sign between. */
export function formatRational({ num, den }: Rational, sign = '/'): string {
  return `${num}${sign}${den}`
}
