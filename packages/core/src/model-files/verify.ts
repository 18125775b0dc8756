import { I2iError, isI2iError } from '@i2i/color'
import { abortable } from '../abort.js'
import type { Variant } from '../manifest.js'
import type { ModelFiles } from '../ports.js'
import type { ReadOptions } from './options.js'

/**
 * A model file whose size and sha256 are those of the manifest.
 * @throws MODEL_INTEGRITY when they differ; MODEL_UNAVAILABLE when it cannot be read, or not be checked for want of a secure context; an
 * abort rejects with signal.reason
 */
export async function readVerified(
  files: ModelFiles,
  file: Variant['files'][number],
  options: ReadOptions & { onVerify?: (() => void) | undefined } = {},
): Promise<Uint8Array> {
  const { signal, onProgress, onVerify } = options
  signal?.throwIfAborted()
  const bytes = await abortable(
    // An async function, so that a read() that throws at once rejects too.
    (async () => await files.read(file.path, { ...(signal && { signal }), ...(onProgress && { onProgress }) }))(),
    signal,
  ).catch((cause: unknown) => {
    if (signal?.aborted || isI2iError(cause)) throw cause
    const message = `model file ${file.path} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new I2iError('MODEL_UNAVAILABLE', message, { details: { path: file.path }, cause })
  })
  if (!(bytes instanceof Uint8Array))
    throw new I2iError('OPTION_INVALID', `files.read("${file.path}") gave no Uint8Array; return the file's bytes`)
  if (bytes.length !== file.bytes) throw mismatch(file, 'bytes', file.bytes, bytes.length)
  onVerify?.()
  const sha256 = await abortable(sha256Of(bytes, file.path), signal)
  if (sha256 !== file.sha256) throw mismatch(file, 'sha256', file.sha256, sha256)
  return bytes
}

function mismatch({ path }: { readonly path: string }, field: string, expected: unknown, got: unknown): I2iError {
  return new I2iError(
    'MODEL_INTEGRITY',
    `model file ${path} is not the one that the manifest names: ${field} is ${got}, expected ${expected}; ` +
      'download the file again, or if it was changed on purpose, put its size and the output of sha256sum into the manifest',
    { details: { path, field, expected, got } },
  )
}

async function sha256Of(bytes: Uint8Array, path: string): Promise<string> {
  // Absent in pages served by plain http.
  const { subtle }: { readonly subtle?: typeof crypto.subtle } = globalThis.crypto
  if (!subtle)
    throw new I2iError(
      'MODEL_UNAVAILABLE',
      `model file ${path} cannot be verified: crypto.subtle is missing, as browsers withhold it from pages of plain http; serve the page from https or localhost`,
      { details: { path } },
    )
  // What was read from a file does not lie in shared memory, which lib.dom's type leaves out.
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
