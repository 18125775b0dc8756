// Fatal, so that bytes that are not UTF-8 are noticed; ignoreBOM, because by default a leading U+FEFF would be dropped.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const escaped = /[\udc80-\udcff]/

/** Gives the text of UTF-8 bytes; where they are not UTF-8, each byte above 127 becomes a lone surrogate U+DC80..U+DCFF (Python's `surrogateescape`), so that no byte is lost. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)
    return text
  }
}

/** Gives the bytes of a text, with lone surrogates U+DC80..U+DCFF turned back into the bytes they stand for. */
export function encodeText(text: string): Uint8Array {
  if (!escaped.test(text)) return encoder.encode(text)
  const bytes: number[] = []
  // Iteration is by code point: the low half of a genuine pair never stands alone here.
  for (const character of text) {
    if (character.length === 1 && escaped.test(character)) bytes.push(character.charCodeAt(0) - 0xdc00)
    else bytes.push(...encoder.encode(character))
  }
  return Uint8Array.from(bytes)
}
