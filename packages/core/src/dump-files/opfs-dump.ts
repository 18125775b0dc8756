import type { DumpSink } from '../dump.js'
import { type CallFolder, type DumpFolder, FolderDump, type FolderDumpOptions } from './folder-dump.js'
import { browserHost } from './host.js'
import { fflateDeflate } from './image-png.js'
import { callNames, lastNumber, opfsRoot, segments, wholeCalls } from './opfs-calls.js'
import { folderAt, type OpfsFolder, orAbsent, pageNavigator, readFile, writeFile } from './opfs-handles.js'
import { modelFiles, previousRuns, runText } from './run-json.js'

type Meta = Readonly<Record<string, unknown>>

/**
 * A sink that writes what directoryDump() writes into the origin private file system of a page or a worker (OPFS), where it survives
 * the page; openOpfsDump() reads it back. Calls that are there already are kept. A call whose page was closed in the middle is not
 * listed, and its files go when the next sink starts. Failures show in close().
 * @throws OPTION_INVALID at once; DUMP_FAILED from close()
 */
export function opfsDump(folder = 'run.i2idump', options: FolderDumpOptions = {}): DumpSink {
  return new FolderDump(new OpfsDumpFolder(segments(folder)), options)
}

/** A dump's folder in OPFS, where nothing can be renamed: a call is whole once its call.json, the last file written, is. */
class OpfsDumpFolder implements DumpFolder {
  readonly path: string
  readonly remedy = 'check that the page is served by https and the origin has room'
  readonly deflate = fflateDeflate
  readonly #names: readonly string[]
  #folder: OpfsFolder | undefined
  #release: (() => void) | undefined

  constructor(names: readonly string[]) {
    this.#names = names
    this.path = `OPFS /${names.join('/')}`
  }

  async start(run: Meta, includeModel: boolean): Promise<number> {
    const root = await opfsRoot()
    return await this.#alone(async () => {
      const present = await folderAt(root, this.#names, false)
      const previous = previousRuns(textOf(present && (await readFile(present, 'manifest.json'))), this.path)
      const folder = present ?? (await folderAt(root, this.#names, true))
      if (!folder) throw new Error('the folder is gone')
      this.#folder = folder
      await this.#clearUnfinished(folder)
      await this.#hold()
      const model = includeModel ? await modelFiles(run) : []
      for (const [file, bytes] of model) {
        const parts = segments(file)
        const parent = await folderAt(folder, parts.slice(0, -1), true)
        if (parent) await writeFile(parent, parts.at(-1) ?? '', [bytes])
      }
      const last = await lastNumber(folder)
      const text = runText({ run, host: browserHost(), firstCall: last + 1, model, previous })
      await writeFile(folder, 'manifest.json', [new TextEncoder().encode(text)])
      return last
    })
  }

  async open(first: number): Promise<CallFolder> {
    const dump = this.#folder
    if (!dump) throw new Error('the folder was not made')
    const { number, label, folder } = await this.#alone(async () => {
      const number = Math.max(first, (await lastNumber(dump)) + 1)
      const label = String(number).padStart(4, '0')
      return { number, label, folder: await dump.getDirectoryHandle(label, { create: true }) }
    })
    return {
      number,
      write: (name, parts) => writeFile(folder, name, parts),
      end: (callJson) => writeFile(folder, 'call.json', [new TextEncoder().encode(callJson)]),
      abandon: async () => {
        await orAbsent(dump.removeEntry(label, { recursive: true }))
      },
    }
  }

  async close(): Promise<void> {
    this.#release?.()
  }

  /** One page or worker at a time: whoever looks for the next number takes it before another looks. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = pageNavigator()
    return locks ? await locks.request(`i2i ${this.path}`, work) : await work()
  }

  /** While any sink is open, an unfinished call may be one that is being written. */
  async #clearUnfinished(folder: OpfsFolder): Promise<void> {
    const { locks } = pageNavigator()
    await locks?.request(this.#openLock, { ifAvailable: true }, async (lock) => {
      if (!lock) return
      const whole = new Set(await wholeCalls(folder))
      for (const name of await callNames(folder)) {
        if (!whole.has(name)) await folder.removeEntry(name, { recursive: true })
      }
    })
  }

  /** Shared by all open sinks until they close, or their pages are gone. */
  async #hold(): Promise<void> {
    const { locks } = pageNavigator()
    if (!locks) return
    const closed = new Promise<void>((release) => {
      this.#release = release
    })
    await new Promise<void>((held, failed) => {
      const holding = locks.request(this.#openLock, { mode: 'shared' }, async () => {
        held()
        await closed
      })
      holding.catch(failed)
    })
  }

  get #openLock(): string {
    return `i2i open ${this.path}`
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  // Empty where the page went away while the first of all was written.
  return bytes?.length ? new TextDecoder().decode(bytes) : undefined
}
