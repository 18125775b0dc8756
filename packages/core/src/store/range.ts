import { lengthOf } from '../model-files/fetch-stream.js'

/** What tells one version of a file from the next: its ETag, and its date. */
export interface Validator {
  readonly etag?: string
  readonly modified?: string
}

/** What a server says of the version that it sends; nothing where the body is compressed, since that is not what ranges are cut from. */
export function validatorOf({ headers }: Response): Validator {
  if (headers.get('content-encoding')) return {}
  const [etag, modified] = [headers.get('etag'), headers.get('last-modified')]
  return { ...(etag && { etag }), ...(modified && { modified }) }
}

/** The headers that ask for the rest of a file. */
export function rangeHeaders(
  from: number,
  { etag, modified }: Validator,
  crossOrigin: boolean,
): Record<string, string> {
  if (from === 0) return {}
  // A weak ETag is no promise of equal bytes (RFC 9110, 13.1.5). To another origin the header would cost a preflight, which many servers
  // of files refuse; there a changed file is told by its size and hash alone.
  const condition = etag?.startsWith('W/') ? undefined : (etag ?? modified)
  return { range: `bytes=${from}-`, ...(condition && !crossOrigin && { 'if-range': condition }) }
}

/** Why a 206 is not the rest of the file that was asked for, or undefined where it is. */
export function rangeFault(response: Response, from: number, size: number, known: Validator): string | undefined {
  const { headers } = response
  if (headers.get('content-encoding')) return `a range in content-encoding ${headers.get('content-encoding')}`
  const etag = headers.get('etag')
  if (etag && known.etag && etag !== known.etag) return `another version (ETag ${etag}, before ${known.etag})`
  const range = headers.get('content-range')
  if (range === null) {
    // Hidden from other origins unless the server exposes it; the length is not.
    const length = lengthOf(response)
    return length === size - from ? undefined : `a range of ${length ?? 'unknown'} bytes for ${size - from}`
  }
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? []
  const right = Number(first) === from && (total === '*' || Number(total) === size)
  return right ? undefined : `"${range}" for the bytes from ${from} of ${size}`
}
