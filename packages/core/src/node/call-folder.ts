import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { DumpEntry } from '../dump.js'
import { CallFiles } from '../dump-files/call-files.js'

type Meta = Readonly<Record<string, unknown>>

const deflateAsync: (data: Uint8Array) => Promise<Uint8Array> = promisify(deflate)

/** One call while it is written, as `.0001.partial`; end() names it `0001`. */
export class CallFolder {
  readonly #dir: string
  readonly #number: number
  readonly #files: CallFiles

  private constructor(dir: string, number: number, call: number, redact: ReadonlySet<string>) {
    this.#dir = dir
    this.#number = number
    this.#files = new CallFiles(call, redact, deflateAsync, (name, parts) => this.#writeFile(name, parts))
  }

  /** The next free number from `first` on. Making the folder is what claims it, so that two programs can share a dump. */
  static async open(dir: string, first: number, call: number, redact: ReadonlySet<string>): Promise<CallFolder> {
    for (let number = first; ; number++) {
      const folder = new CallFolder(dir, number, call, redact)
      if (await folder.#claim()) return folder
    }
  }

  get number(): number {
    return this.#number
  }

  async write(entry: DumpEntry): Promise<void> {
    await this.#files.add(entry)
  }

  /** Makes the call readable: call.json, then the folder's name. */
  async end(meta: Meta): Promise<void> {
    await writeFile(join(this.#partial, 'call.json'), this.#files.json(meta))
    await rename(this.#partial, this.#final)
  }

  /** Leaves nothing of the call. */
  async abandon(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true })
  }

  get #label(): string {
    return String(this.#number).padStart(4, '0')
  }

  get #partial(): string {
    return join(this.#dir, `.${this.#label}.partial`)
  }

  get #final(): string {
    return join(this.#dir, this.#label)
  }

  async #claim(): Promise<boolean> {
    try {
      await mkdir(this.#partial)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
      throw error
    }
    const taken = await stat(this.#final).then(
      () => true,
      () => false,
    )
    if (taken) await this.abandon()
    return !taken
  }

  async #writeFile(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const out = await open(join(this.#partial, name), 'wx')
    try {
      await out.writev(parts)
    } finally {
      await out.close()
    }
  }
}
