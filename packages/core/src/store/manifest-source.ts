import { type ModelManifest, parseManifestText } from '../manifest.js'
import { networkRemedy, reasonOf, remedyFor, shownUrl, unavailable } from '../model-files/fetch.js'
import { web } from '../model-files/host.js'
import { sha256Of } from '../model-files/verify.js'
import { watchdog } from './watchdog.js'

/** One state of a published manifest. */
export interface Release {
  /** sha256 of the text: what tells one release from another, whatever its version says. */
  readonly digest: string
  readonly version: string
  /** The manifest as it was published; it is checked whenever it is used. */
  readonly text: string
  /** Where it came from, redirects followed: its files lie beside it. */
  readonly url: string
  /** The server's name for it, for If-None-Match. */
  readonly etag?: string
}

const idleMs = 30_000

/**
 * The newest release; `known` itself where the server says that nothing has changed, which takes no body.
 * @throws MODEL_UNAVAILABLE, MANIFEST_INVALID; an abort rejects with signal.reason
 */
export async function fetchRelease(
  url: string,
  known: Release | undefined,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Release> {
  const dog = watchdog(idleMs, signal)
  const fail = (problem: string, details: object = {}, cause?: unknown): never => {
    signal?.throwIfAborted()
    throw unavailable(url, 'model manifest', problem, details, cause)
  }
  try {
    const init = { headers: { ...headers, ...condition(url, known) }, signal: dog.signal, cache: 'no-cache' }
    const response = await dog.within(fetch(url, init as RequestInit)).catch((cause: unknown) => {
      return fail(
        `could not be fetched (${dog.expired ? 'no answer' : reasonOf(cause)}); ${networkRemedy()}`,
        {},
        cause,
      )
    })
    const { status } = response
    if (status === 304 && known) return known
    if (!response.ok) fail(`was answered with HTTP ${status}; ${remedyFor(status)}`, { status })
    const bytes = await dog.within(response.arrayBuffer()).catch((cause: unknown) => {
      return fail(`broke off (${dog.expired ? 'the server fell silent' : reasonOf(cause)}); try again`, {}, cause)
    })
    return await releaseOf(new Uint8Array(bytes), response.url || url, response.headers.get('etag'))
  } finally {
    dog.stop()
  }
}

/** The manifest of a release. @throws MANIFEST_INVALID */
export function manifestOf({ text, url }: Release): ModelManifest {
  return parseManifestText(text, url)
}

async function releaseOf(bytes: Uint8Array, url: string, etag: string | null): Promise<Release> {
  const text = new TextDecoder().decode(bytes)
  const { version } = parseManifestText(text, url)
  const digest = await sha256Of(bytes, `model manifest ${shownUrl(url)}`)
  return { digest, version, text, url, ...(etag && { etag }) }
}

// Another origin would be asked for a preflight first; there the browser's own cache keeps the ETag (cache: no-cache asks the server each time).
function condition(url: string, known: Release | undefined): Record<string, string> {
  const page = web.location?.href
  const crossOrigin = page !== undefined && new URL(url).origin !== new URL(page).origin
  return known?.etag && !crossOrigin ? { 'if-none-match': known.etag } : {}
}
