import { callNames, opfsRoot, segments, wholeCalls } from './opfs-calls.js'
import { folderAt, namesIn, type OpfsFolder, orAbsent, readFile } from './opfs-handles.js'
import { zippedFolder } from './zip.js'

/** A dump in OPFS, to be read. */
export interface OpfsDump {
  /** The names of its whole calls, in order: `0001`. */
  calls(): Promise<string[]>
  /** A file by its path in the dump: `manifest.json`, `0001/call.json`; undefined where there is none. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** A zip of manifest, model and whole calls, as zipDump() gives one. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** Removes the dump. */
  remove(): Promise<void>
}

/** A dump that opfsDump() wrote, now or in an earlier page. Its methods reject with DUMP_FAILED where there is no OPFS. @throws OPTION_INVALID */
export function openOpfsDump(folder = 'run.i2idump'): OpfsDump {
  const names = segments(folder)
  const found = async (): Promise<OpfsFolder | undefined> => await folderAt(await opfsRoot(), names, false)
  const read = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const parts = segments(path)
    const dump = await found()
    const parent = dump && (await folderAt(dump, parts.slice(0, -1), false))
    return parent && (await readFile(parent, parts.at(-1) ?? ''))
  }
  return {
    read,
    async calls() {
      const dump = await found()
      return dump ? await wholeCalls(dump) : []
    },
    async bytes() {
      const dump = await found()
      const files = new Map<string, Uint8Array>()
      if (!dump) return zippedFolder(names.at(-1) ?? '', files)
      const whole = await wholeCalls(dump)
      const unfinished = (await callNames(dump)).filter((name) => !whole.includes(name))
      await collect(dump, '', new Set(unfinished), files)
      return zippedFolder(names.at(-1) ?? '', files)
    },
    async remove() {
      const parent = await folderAt(await opfsRoot(), names.slice(0, -1), false)
      if (parent) await orAbsent(parent.removeEntry(names.at(-1) ?? '', { recursive: true }))
    },
  }
}

/** All files of a folder, by path, but for some folders. */
async function collect(
  folder: OpfsFolder,
  prefix: string,
  leftOut: ReadonlySet<string>,
  into: Map<string, Uint8Array>,
): Promise<void> {
  for (const name of await namesIn(folder, 'file')) {
    const bytes = await readFile(folder, name)
    if (bytes) into.set(prefix + name, bytes)
  }
  for (const name of await namesIn(folder, 'directory')) {
    if (leftOut.has(prefix + name)) continue
    await collect(await folder.getDirectoryHandle(name), `${prefix}${name}/`, leftOut, into)
  }
}
