/** Where a model store keeps its bytes: small and large values under keys of [a-z0-9/.-]. A disk and a browser's Cache API are such. */
export interface ModelStorage {
  /** For messages: `the browser's Cache API`, `the folder /var/models`. */
  readonly name: string
  read(key: string): Promise<Uint8Array | undefined>
  /** The value is there whole or not at all, whatever happens meanwhile, and once it is there it stays. Bytes are the caller's again after. */
  write(key: string, bytes: Uint8Array): Promise<void>
  /** Harmless where there is none. */
  remove(key: string): Promise<void>
  /** All keys there are. */
  keys(): Promise<readonly string[]>
  /** Bytes that the host still grants; undefined where it does not say. */
  room?(): Promise<number | undefined>
}

/** Whether a failed write() failed for want of room. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return error.name === 'QuotaExceededError' || ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
}

/** A value that is JSON; undefined where there is none, or it is damaged. */
export async function readJson(storage: ModelStorage, key: string): Promise<unknown> {
  const bytes = await storage.read(key)
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Writes a value as JSON. */
export async function writeJson(storage: ModelStorage, key: string, value: unknown): Promise<void> {
  await storage.write(key, new TextEncoder().encode(JSON.stringify(value)))
}
