/**
 * JSON whose keys are sorted (schemaVersion first), so that equal values give equal text. What JSON cannot say is text: NaN, infinities
 * and large bigints; typed arrays are lists, Maps objects, errors their name, code and message; a cycle is "[circular]".
 */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(plain(value, []), null, 2)}\n`
}

function plain(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '[circular]'
  const inside = [...above, value]
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(Object.values(value), (item) => plain(item, inside))
  if (Array.isArray(value)) return value.map((item) => plain(item, inside))
  if (value instanceof Map) return plain(Object.fromEntries(value), inside)
  if (value instanceof Error) {
    const { name, message } = value
    return { ...('code' in value && { code: String(value.code) }), message, name }
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), inside)
  const sorted = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, item]) => [key, plain(item, inside)]))
}

function rank(key: string): number {
  return key === 'schemaVersion' ? 0 : 1
}
