import { I2iError } from '@i2i/color'
import { CallbackError } from '../options.js'
import { nodeModule } from './host.js'
import type { ReadOptions } from './options.js'

// Large enough to be fast, small enough to show progress and to stop soon.
const partBytes = 1 << 22

/** The bytes of a file. @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export async function readPath(path: string, what: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const fs = nodeModule('node:fs')?.promises
  const fail = (message: string, cause?: unknown): never => {
    throw new I2iError('MODEL_UNAVAILABLE', `${what} ${path} ${message}`, { details: { path }, cause })
  }
  if (!fs) return fail('cannot be read: this host has no file system; pass an http(s) URL')
  try {
    const info = await fs.stat(path)
    if (info.isDirectory()) return fail(`is a folder; ${manifestsAmong(await fs.readdir(path))}`)
    const file = await fs.open(path)
    try {
      const bytes = new Uint8Array(info.size)
      let loaded = 0
      onProgress?.(0, info.size)
      while (loaded < bytes.length) {
        signal?.throwIfAborted()
        const { bytesRead } = await file.read(bytes, loaded, Math.min(partBytes, bytes.length - loaded))
        if (bytesRead === 0) break
        loaded += bytesRead
        onProgress?.(loaded, info.size)
      }
      return loaded < bytes.length ? bytes.subarray(0, loaded) : bytes
    } finally {
      await file.close()
    }
  } catch (cause) {
    signal?.throwIfAborted()
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'MODEL_UNAVAILABLE' || cause instanceof CallbackError) throw cause
    return fail(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'does not exist; check the path (a relative one starts at the manifest, or for the manifest itself at the working directory)'
        : `cannot be read (${code || String(cause)}); check its permissions`,
      cause,
    )
  }
}

function manifestsAmong(names: readonly string[]): string {
  const manifests = names.filter((name) => name.endsWith('.json')).slice(0, 3)
  return manifests.length > 0 ? `name a file in it, such as ${manifests.join(', ')}` : 'name a file'
}
