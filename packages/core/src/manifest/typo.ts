/** Levenshtein distance, in characters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The word among `known` that `given` was probably meant to be, whatever its case, or undefined when none is near. */
export function closest(given: unknown, known: readonly string[]): string | undefined {
  // No known word is long, so a long one is no typing error (and need not be measured).
  if (typeof given !== 'string' || given.length > 32) return undefined
  const lower = given.toLowerCase()
  const ranked = known.map((word) => ({ word, off: distance(lower, word.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.off - b.off)[0]
  return best && best.off < best.word.length && best.off <= Math.max(1, best.word.length / 3) ? best.word : undefined
}

export function quoteAll(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ')
}
