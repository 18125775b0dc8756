import { I2iError } from '@i2i/color'

/** The sha256 of bytes as lower-case hex. @throws DUMP_FAILED in pages of plain http, from which browsers withhold crypto.subtle */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const { subtle }: { readonly subtle?: typeof crypto.subtle } = globalThis.crypto
  if (!subtle) {
    throw new I2iError(
      'DUMP_FAILED',
      'a dump needs crypto.subtle for its hashes, which browsers withhold from pages of plain http; serve the page from https or localhost',
    )
  }
  // subtle takes no shared memory.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
  const digest = new Uint8Array(await subtle.digest('SHA-256', own))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
