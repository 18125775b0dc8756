import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { ModelStorage } from '../store/storage.js'

// What a killed process left beside; nobody writes one file for so long.
const staleMs = 3_600_000

/**
 * A folder for a model store: `files: modelStore({ storage: diskStorage(dir) })`. Several processes may share it. Each value is written
 * beside its place, flushed to the disk and renamed, so that a crash leaves it whole or not there.
 */
export function diskStorage(dir: string): ModelStorage {
  const root = resolve(dir)
  const pathOf = (key: string): string => join(root, ...key.split('/'))
  return {
    name: `the folder ${root}`,
    read: (key) => readFile(pathOf(key)).catch(nothingWhereAbsent),
    write: (key, bytes) => writeDurably(pathOf(key), bytes),
    remove: (key) => rm(pathOf(key), { force: true }),
    async keys() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
        nothingWhereAbsent(error)
        return []
      })
      const keys: string[] = []
      for (const entry of entries) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        if (entry.name.startsWith('.')) await removeStale(path)
        else
          keys.push(
            path
              .slice(root.length + 1)
              .split(sep)
              .join('/'),
          )
      }
      return keys
    },
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const beside = join(folder, `.${randomUUID()}.partial`)
  try {
    const file = await open(beside, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Makes a rename last; some systems open no folders, and do it themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  try {
    await handle?.sync().catch(() => undefined)
  } finally {
    await handle?.close()
  }
}

async function removeStale(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined)
  if (info && Date.now() - info.mtimeMs > staleMs) await rm(path, { force: true })
}

function nothingWhereAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return undefined
  throw error
}
