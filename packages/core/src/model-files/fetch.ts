import { I2iError } from '@i2i/color'
import { web } from './host.js'

/** The bytes at a URL, in one go. @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export async function fetchBytes(
  url: string,
  what: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const response = await fetchGood(url, what, signal)
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    signal?.throwIfAborted()
    throw unavailable(url, what, `broke off (${reasonOf(cause)}); try again`, {}, cause)
  }
}

/** An answer that is no refusal. @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export async function fetchGood(url: string, what: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, signal ? { signal } : {}).catch((cause: unknown) => {
    signal?.throwIfAborted()
    throw unavailable(url, what, `could not be fetched (${reasonOf(cause)}); ${networkRemedy()}`, {}, cause)
  })
  const { status } = response
  if (response.ok) return response
  await response.body?.cancel().catch(() => undefined)
  throw unavailable(url, what, `was answered with HTTP ${status}; ${remedyFor(status)}`, { status })
}

/** MODEL_UNAVAILABLE for what lies at a URL. */
export function unavailable(
  url: string,
  what: string,
  problem: string,
  details: object = {},
  cause?: unknown,
): I2iError {
  return new I2iError('MODEL_UNAVAILABLE', `${what} ${shownUrl(url)} ${problem}`, {
    details: { url, ...details },
    cause,
  })
}

/** A URL as messages show it: a data: URL can be megabytes long. */
export function shownUrl(url: string): string {
  return url.length > 200 ? `${url.slice(0, 200)}...` : url
}

/** What may be wrong when no answer came. */
export function networkRemedy(): string {
  if (web.navigator?.onLine === false) return 'this host is offline'
  return 'check the address, the network and, in a browser, the CORS headers of the server'
}

/** What to do about an HTTP status that is a failure. */
export function remedyFor(status: number): string {
  if (status === 404 || status === 410)
    return 'check the address (that of a model file stands in the manifest), and that the file was deployed'
  if (status === 401 || status === 403)
    return 'the server wants credentials: pass files to load(), whose read() sends them'
  return status >= 500 || status === 429 ? 'try again later' : 'check the address'
}

/** fetch() says "fetch failed" and keeps the reason in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const inner = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : ''
  return inner || error.message
}
