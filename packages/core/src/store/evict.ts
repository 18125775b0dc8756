import { entriesOf, readAbout, recordPrefix } from './entries.js'
import { type ModelStorage, readJson } from './storage.js'

/** What must stay, and how much there may be. */
export interface EvictOptions {
  readonly maxBytes: number
  /** Files that are being read or fetched. */
  readonly busy: ReadonlySet<string>
}

/**
 * Removes the files used least recently until `need` more bytes fit; nothing where that cannot be reached. Files that a record keeps stay.
 * Returns undefined, or what stands in the way.
 */
export async function makeRoom(
  storage: ModelStorage,
  need: number,
  { maxBytes, busy }: EvictOptions,
): Promise<string | undefined> {
  if (need <= 0) return undefined
  const [entries, kept] = [await entriesOf(storage), await keptByRecords(storage)]
  const files = [...entries.values()].map((entry) => ({
    ...entry,
    bytes: entry.pieces.reduce((sum, { length }) => sum + length, 0),
  }))
  const stored = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const granted = (await storage.room?.()) ?? Number.POSITIVE_INFINITY
  let room = Math.min(granted, maxBytes - stored)
  if (room >= need) return undefined
  const free = files.filter(({ sha256 }) => !busy.has(sha256) && !kept.has(sha256))
  const reachable = room + free.reduce((sum, { bytes }) => sum + bytes, 0)
  if (reachable < need) {
    const limit = granted < maxBytes - stored ? `the host grants ${granted} more` : `maxBytes is ${maxBytes}`
    return `it takes ${need} bytes, and ${storage.name} has room for ${Math.max(0, reachable)} (${limit})`
  }
  for (const { sha256, bytes } of await byUse(storage, free)) {
    if (room >= need) break
    await removeEntry(storage, sha256)
    room += bytes
  }
  return undefined
}

/** Removes the one file used least recently; false where none may go. */
export async function evictOne(storage: ModelStorage, { busy }: EvictOptions): Promise<boolean> {
  const [entries, kept] = [await entriesOf(storage), await keptByRecords(storage)]
  const free = [...entries.values()].filter(({ sha256 }) => !busy.has(sha256) && !kept.has(sha256))
  const [oldest] = await byUse(storage, free)
  if (oldest) await removeEntry(storage, oldest.sha256)
  return oldest !== undefined
}

/** Removes all that is stored of a file. */
export async function removeEntry(storage: ModelStorage, sha256: string): Promise<void> {
  for (const key of (await entriesOf(storage)).get(sha256)?.keys ?? []) await storage.remove(key)
}

async function byUse<T extends { readonly sha256: string }>(storage: ModelStorage, files: readonly T[]): Promise<T[]> {
  const dated = []
  for (const file of files) dated.push({ file, used: (await readAbout(storage, file.sha256))?.used ?? 0 })
  return dated.sort((a, b) => a.used - b.used).map(({ file }) => file)
}

/** The files that records name as theirs. */
async function keptByRecords(storage: ModelStorage): Promise<ReadonlySet<string>> {
  const kept = new Set<string>()
  for (const key of await storage.keys()) {
    if (!key.startsWith(recordPrefix)) continue
    const record = await readJson(storage, key)
    const keeps = typeof record === 'object' && record !== null && 'keeps' in record ? record.keeps : []
    if (Array.isArray(keeps)) for (const sha256 of keeps) kept.add(String(sha256))
  }
  return kept
}
