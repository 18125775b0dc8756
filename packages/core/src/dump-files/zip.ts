import { type Zippable, zipSync } from 'fflate'

/** A zip of files under one folder. */
export function zippedFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const entries: Zippable = {}
  // fflate's asynchronous functions start workers from blob URLs, which a strict content security policy forbids.
  for (const [path, bytes] of files) {
    // Pictures are compressed already.
    entries[`${folder}/${path}`] = [bytes, { level: path.endsWith('.png') ? 0 : 6 }]
  }
  return zipSync(entries)
}
