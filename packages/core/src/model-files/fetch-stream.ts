import { joined } from '../joined.js'
import { fetchGood, reasonOf, unavailable } from './fetch.js'
import type { ReadOptions } from './options.js'

/** The bytes at a URL whose size nobody told, with progress. @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export async function fetchStream(url: string, what: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const response = await fetchGood(url, what, signal)
  const total = lengthOf(response)
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let loaded = 0
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader?.read())?.value
    } catch (cause) {
      signal?.throwIfAborted()
      const of = total === undefined ? '' : ` of ${total}`
      const problem = `broke off after ${loaded}${of} bytes (${reasonOf(cause)}); try again`
      throw unavailable(url, what, problem, { loaded, total }, cause)
    }
  }
  try {
    onProgress?.(0, total)
    for (let part = await next(); part; part = await next()) {
      signal?.throwIfAborted()
      parts.push(part)
      loaded += part.length
      onProgress?.(loaded, total)
    }
  } finally {
    // Ends the download when the loop was left early.
    await reader?.cancel().catch(() => undefined)
  }
  return joined(parts)
}

/** The body's size, where the header speaks of the bytes that arrive and not of compressed ones. */
export function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-encoding') ? null : headers.get('content-length')
  return length === null ? undefined : Number(length)
}
