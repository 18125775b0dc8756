import { sha256Of } from './hash.js'

/**
 * Gives out file stems of [A-Za-z0-9_-] and dots of its own, never two that a file system could take for the same (case counts for
 * nothing). A name that had to be changed carries a hash of what it was, so that it is the same in every call.
 */
export class FileNames {
  readonly #taken = new Set<string>()

  /** A stem for `prefix` and `name`, such that it is free with each of `suffixes` after it. */
  async claim(prefix: string, name: string | undefined, suffixes: readonly string[]): Promise<string> {
    const stem = name === undefined ? prefix : `${prefix}.${await escapeName(name)}`
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? stem : `${stem}-${n}`
      const full = suffixes.map((suffix) => `${candidate}${suffix}`.toLowerCase())
      if (full.some((file) => this.#taken.has(file))) continue
      for (const file of full) this.#taken.add(file)
      return candidate
    }
  }
}

// File systems allow 255 bytes; prefix, hash and ending need some.
const longest = 120

/** A name of [A-Za-z0-9_-] alone. */
export async function escapeName(name: string): Promise<string> {
  const safe = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, longest)
  if (safe === name && name !== '') return name
  return `${safe}-${(await sha256Of(new TextEncoder().encode(name))).slice(0, 8)}`
}
