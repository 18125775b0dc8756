import { abortable } from '../abort.js'
import { fetchBytes } from './fetch.js'
import type { Location } from './location.js'
import type { ReadOptions } from './options.js'

/** The bytes that lie there; `what` begins the messages ("model file"). @throws MODEL_UNAVAILABLE; an abort rejects with signal.reason */
export function readLocation({ kind, href }: Location, what: string, options: ReadOptions): Promise<Uint8Array> {
  const read = kind === 'path' ? readFromDisk : fetchBytes
  return abortable(read(href, what, options), options.signal)
}

// A page never comes here, and need not download it.
async function readFromDisk(path: string, what: string, options: ReadOptions): Promise<Uint8Array> {
  const { readPath } = await import('./file-system.js')
  return await readPath(path, what, options)
}
