import { I2iError } from '@i2i/color'
import { web } from './host.js'
import type { ReadOptions } from './options.js'

/** The bytes at a URL. @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export async function fetchBytes(url: string, what: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const shown = url.length > 200 ? `${url.slice(0, 200)}...` : url
  const fail = (message: string, details: object = {}, cause?: unknown): never => {
    throw new I2iError('MODEL_UNAVAILABLE', `${what} ${shown} ${message}`, { details: { url, ...details }, cause })
  }
  const response = await fetch(url, signal ? { signal } : {}).catch((cause: unknown) => {
    signal?.throwIfAborted()
    return fail(`could not be fetched (${reasonOf(cause)}); ${networkRemedy()}`, {}, cause)
  })
  const { status } = response
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined)
    fail(`was answered with HTTP ${status}; ${remedyFor(status)}`, { status })
  }
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
      return fail(`broke off after ${loaded}${of} bytes (${reasonOf(cause)}); try again`, { loaded, total }, cause)
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
  return joined(parts, loaded)
}

/** The body's size, where the header speaks of the bytes that arrive and not of compressed ones. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-encoding') ? null : headers.get('content-length')
  return length === null ? undefined : Number(length)
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

function networkRemedy(): string {
  if (web.navigator?.onLine === false) return 'this host is offline'
  return 'check the address, the network and, in a browser, the CORS headers of the server'
}

function remedyFor(status: number): string {
  if (status === 404 || status === 410) return 'check the path in the manifest, and that the file was deployed'
  if (status === 401 || status === 403)
    return 'the server wants credentials: pass files to load(), whose read() sends them'
  return status >= 500 || status === 429 ? 'try again later' : 'check the address'
}

/** fetch() says "fetch failed" and keeps the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const inner = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : ''
  return inner || error.message
}
