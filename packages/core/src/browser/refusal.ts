import { I2iError } from '@i2i/color'

/** Why the browser would not give a picture's pixels, in our words. @returns an IMAGE_INVALID */
export function unreadable(what: string, cause: unknown): I2iError {
  if (cause instanceof I2iError) return cause
  const { name, message } = cause as { name?: string; message?: string }
  const reason =
    name === 'SecurityError'
      ? `its pixels come from another origin, and the browser keeps them; serve them with Access-Control-Allow-Origin and load them with crossOrigin = 'anonymous'`
      : `${message ?? String(cause)}`
  return new I2iError('IMAGE_INVALID', `cannot read the ${what}: ${reason}`, { cause, details: { source: what } })
}

/** An IMAGE_INVALID for a picture that was closed. */
export function closed(what: 'VideoFrame' | 'ImageBitmap'): I2iError {
  return noPixels(what, `is closed; pass it before close()${what === 'VideoFrame' ? ', or pass a clone()' : ''}`)
}

/** An IMAGE_INVALID for a source that has no pixels now. */
export function noPixels(what: string, problem: string): I2iError {
  return new I2iError('IMAGE_INVALID', `the ${what} ${problem}`, { details: { source: what } })
}
