import { I2iError, isI2iError } from '@i2i/color'
import { abortable } from '../abort.js'
import type { Variant } from '../manifest.js'
import { CallbackError } from '../options.js'
import type { ModelFileOptions, ModelFiles } from '../ports.js'
import type { ReadOptions } from './options.js'

type File = Variant['files'][number]
type VerifyOptions = ReadOptions & Pick<ModelFileOptions, 'onNotice'> & { onVerify?: (() => void) | undefined }

/**
 * A model file whose size and sha256 are those of the manifest. Files that keep what they read are asked once more after a fault.
 * @throws MODEL_INTEGRITY when they differ; MODEL_UNAVAILABLE when it cannot be read, or not be checked for want of a secure context; an
 * abort rejects with signal.reason
 */
export async function readVerified(files: ModelFiles, file: File, options: VerifyOptions = {}): Promise<Uint8Array> {
  const { signal, onProgress, onVerify, onNotice } = options
  const asked: ModelFileOptions = {
    expected: file,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(onNotice && { onNotice }),
  }
  for (let again = false; ; again = true) {
    signal?.throwIfAborted()
    const bytes = await readBytes(files, file, asked)
    const fault = await faultOf(bytes, file, signal, onVerify)
    if (!fault) return bytes
    const mendable = files.forget && (await abortable(files.forget(file.path, asked), signal))
    if (again || !mendable) throw fault
  }
}

async function readBytes(files: ModelFiles, { path }: File, asked: ModelFileOptions): Promise<Uint8Array> {
  const { signal } = asked
  const bytes = await abortable(
    // An async function, so that a read() that throws at once rejects too.
    (async () => await files.read(path, asked))(),
    signal,
  ).catch((cause: unknown) => {
    if (signal?.aborted || isI2iError(cause) || cause instanceof CallbackError) throw cause
    const message = `model file ${path} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new I2iError('MODEL_UNAVAILABLE', message, { details: { path }, cause })
  })
  if (bytes instanceof Uint8Array) return bytes
  throw new I2iError('OPTION_INVALID', `files.read("${path}") gave no Uint8Array; return the file's bytes`)
}

async function faultOf(
  bytes: Uint8Array,
  file: File,
  signal: AbortSignal | undefined,
  onVerify: (() => void) | undefined,
): Promise<I2iError | undefined> {
  if (bytes.length !== file.bytes) return mismatch(file.path, 'bytes', file.bytes, bytes.length)
  onVerify?.()
  const sha256 = await abortable(sha256Of(bytes, `model file ${file.path}`), signal)
  return sha256 === file.sha256 ? undefined : mismatch(file.path, 'sha256', file.sha256, sha256)
}

/** MODEL_INTEGRITY for a file, naming what differs. */
export function mismatch(path: string, field: 'bytes' | 'sha256', expected: unknown, got: unknown): I2iError {
  return new I2iError(
    'MODEL_INTEGRITY',
    `model file ${path} is not the one that the manifest names: ${field} is ${got}, expected ${expected}; ` +
      'download the file again, or if it was changed on purpose, put its size and the output of sha256sum into the manifest',
    { details: { path, field, expected, got } },
  )
}

/** The sha256 of bytes as lower-case hex; `what` begins the message. @throws MODEL_UNAVAILABLE in pages of plain http */
export async function sha256Of(bytes: Uint8Array, what: string): Promise<string> {
  // Absent in pages served by plain http.
  const { subtle }: { readonly subtle?: typeof crypto.subtle } = globalThis.crypto
  if (!subtle)
    throw new I2iError(
      'MODEL_UNAVAILABLE',
      `${what} cannot be verified: crypto.subtle is missing, as browsers withhold it from pages of plain http; serve the page from https or localhost`,
    )
  // What was read from a file does not lie in shared memory, which lib.dom's type leaves out.
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
