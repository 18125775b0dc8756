const scalar =
  /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy

/**
 * Where text stops being JSON, as an index into it; undefined where it is JSON. The engines' own messages differ, and several name no
 * position.
 */
export function jsonErrorIndex(text: string): number | undefined {
  const open: string[] = []
  let want: 'value' | 'key' | 'colon' | 'next' = 'value'
  let justOpened = false
  for (let i = 0; ; ) {
    while (/[ \t\n\r]/.test(text[i] ?? '')) i++
    const char = text[i]
    if (char === undefined) return want === 'next' && open.length === 0 ? undefined : i
    const opens: boolean = want === 'value' && (char === '{' || char === '[')
    if (char === '}' || char === ']') {
      if ((want !== 'next' && !justOpened) || open.pop() !== (char === '}' ? '{' : '[')) return i
      want = 'next'
      i++
    } else if (want === 'next') {
      if (char !== ',' || open.length === 0) return i
      want = open.at(-1) === '{' ? 'key' : 'value'
      i++
    } else if (want === 'colon') {
      if (char !== ':') return i
      want = 'value'
      i++
    } else if (opens) {
      open.push(char)
      want = char === '{' ? 'key' : 'value'
      i++
    } else {
      scalar.lastIndex = i
      if ((want === 'key' && char !== '"') || !scalar.test(text)) return i
      want = want === 'key' ? 'colon' : 'next'
      i = scalar.lastIndex
    }
    justOpened = opens
  }
}

/** "line 3, column 7" of an index, both from 1. */
export function lineAndColumn(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}
