import { type ModelStorage, readJson } from './storage.js'

/** A part of a file, stored under a key that says which. */
export interface Piece {
  readonly key: string
  readonly offset: number
  readonly length: number
}

/** What is stored of one file. */
export interface Entry {
  readonly sha256: string
  readonly pieces: readonly Piece[]
}

/** What is written beside a file's pieces. */
export interface About {
  /** Where its bytes came from. */
  readonly url: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly used: number
  readonly etag?: string
  readonly modified?: string
}

export const recordPrefix = 'records/'

export function pieceKey(sha256: string, offset: number, length: number): string {
  return `models/${sha256}/${offset}-${length}`
}

export function aboutKey(sha256: string): string {
  return `models/${sha256}/about`
}

/** Everything that is stored, by file. */
export async function entriesOf(storage: ModelStorage): Promise<Map<string, Entry & { readonly keys: string[] }>> {
  const entries = new Map<string, { sha256: string; pieces: Piece[]; keys: string[] }>()
  for (const key of await storage.keys()) {
    const [, sha256, rest = ''] = /^models\/([0-9a-f]{64})\/(.+)$/.exec(key) ?? []
    if (!sha256) continue
    const entry = entries.get(sha256) ?? { sha256, pieces: [], keys: [] }
    entries.set(sha256, entry)
    entry.keys.push(key)
    const [, offset, length] = /^(\d+)-(\d+)$/.exec(rest) ?? []
    if (offset && length) entry.pieces.push({ key, offset: Number(offset), length: Number(length) })
  }
  return entries
}

/** How much of a file lies there without a gap from its start, and the pieces that it takes. Pieces may overlap: two may have fetched at once. */
export function coverage(pieces: readonly Piece[]): { readonly have: number; readonly chain: readonly Piece[] } {
  const chain: Piece[] = []
  let have = 0
  for (const piece of [...pieces].sort((a, b) => a.offset - b.offset || b.length - a.length)) {
    if (piece.offset > have) break
    if (piece.offset + piece.length <= have) continue
    chain.push(piece)
    have = piece.offset + piece.length
  }
  return { have, chain }
}

export async function readAbout(storage: ModelStorage, sha256: string): Promise<About | undefined> {
  const value = await readJson(storage, aboutKey(sha256))
  if (typeof value !== 'object' || value === null) return undefined
  const { url, bytes, used, etag, modified } = value as Record<string, unknown>
  if (typeof url !== 'string' || typeof bytes !== 'number' || typeof used !== 'number') return undefined
  const text = (key: string, item: unknown) => typeof item === 'string' && { [key]: item }
  return { url, bytes, used, ...text('etag', etag), ...text('modified', modified) }
}
