import { mkdir, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { DumpSink } from '../dump.js'
import { FolderDump, type FolderDumpOptions } from '../dump-files/folder-dump.js'
import type { Deflate } from '../dump-files/png.js'
import { openCallFolder } from './call-folder.js'
import { writeRun } from './run-files.js'

/** What of the calls goes into a dump. */
export interface DirectoryDumpOptions extends FolderDumpOptions {}

const deflateAsync: Deflate = promisify(deflate)

/**
 * A sink that writes each call as a numbered folder of .npy, .png and call.json beside one manifest.json. The folder is made; calls that
 * are there already are kept, and numbering goes on after them. A call appears whole or not at all. Failures show in close().
 * @throws OPTION_INVALID at once; DUMP_FAILED from close()
 */
export function directoryDump(dir: string, options: DirectoryDumpOptions = {}): DumpSink {
  const path = resolve(dir)
  const folder = {
    path,
    remedy: 'check that the folder can be written and the disk has room',
    deflate: deflateAsync,
    async start(run: Readonly<Record<string, unknown>>, includeModel: boolean): Promise<number> {
      await mkdir(path, { recursive: true })
      const calls = (await readdir(path)).filter((name) => /^\d{4,}$/.test(name)).map(Number)
      const last = Math.max(0, ...calls)
      await writeRun(path, run, { firstCall: last + 1, includeModel })
      return last
    },
    open: (first: number) => openCallFolder(path, first),
  }
  return new FolderDump(folder, options)
}
