import { I2iError } from '@i2i/color'
import type { DumpEntry, DumpSink, DumpStage } from '../dump.js'
import { checkKeys } from '../options.js'
import { CallFiles, type WriteFile } from './call-files.js'
import type { Deflate } from './png.js'
import { Sampling, type SamplingOptions } from './sampling.js'

type Meta = Readonly<Record<string, unknown>>

/** What of the calls goes into a folder. */
export interface FolderDumpOptions extends SamplingOptions {
  /** Copies the model's files into the dump; default false. */
  includeModel?: boolean
}

const optionKeys = ['stages', 'every', 'first', 'onError', 'redact', 'includeModel']

/** A place for the folder of a dump: a disk's, or a browser's own. */
export interface DumpFolder {
  /** For messages. */
  readonly path: string
  /** What to look at when it cannot be written. */
  readonly remedy: string
  readonly deflate: Deflate
  /** Makes the folder and says there what ran; returns the number of the last call that is there. */
  start(run: Meta, includeModel: boolean): Promise<number>
  /** The next free number from `first` on, taken. */
  open(first: number): Promise<CallFolder>
  /** Nothing more will be written. */
  close?(): Promise<void>
}

/** One call's folder while it is written: nobody takes it for a call before end(). */
export interface CallFolder {
  readonly number: number
  readonly write: WriteFile
  /** Makes the call readable, at once or not at all. */
  end(callJson: string): Promise<void>
  /** Leaves nothing of the call. */
  abandon(): Promise<void>
}

interface OpenCall {
  readonly folder: CallFolder
  readonly files: CallFiles
}

/** A sink that writes each call as a numbered folder, wherever the folders lie. */
export class FolderDump implements DumpSink {
  readonly #folder: DumpFolder
  readonly #sampling: Sampling
  readonly #includeModel: boolean
  /** Calls in flight; null for those that are left out. */
  readonly #open = new Map<number, OpenCall | null>()
  readonly #failures: unknown[] = []
  #last = 0
  #work: Promise<void> = Promise.resolve()
  #started = false
  #refused = false
  #closed: Promise<void> | undefined

  /** @throws OPTION_INVALID */
  constructor(folder: DumpFolder, options: FolderDumpOptions) {
    checkKeys('a dump', options, optionKeys)
    const { includeModel = false, ...sampling } = options
    this.#folder = folder
    this.#sampling = new Sampling(sampling)
    this.#includeModel = includeModel
  }

  begin(run: Meta): Promise<void> {
    return this.#do(() => this.#start(run))
  }

  wants(stage: DumpStage): boolean {
    // Once the last call is whole, or the folder was refused, later ones cost nothing.
    const done = this.#refused || (this.#sampling.full && this.#open.size === 0)
    return !done && this.#sampling.wantsStage(stage)
  }

  write(entry: DumpEntry): Promise<void> {
    return this.#do(async () => {
      const call = await this.#callOf(entry.call)
      if (!call || !this.wants(entry.stage)) return
      try {
        await call.files.add(entry)
      } catch (error) {
        // A call with a gap is no call.
        this.#open.set(entry.call, null)
        await call.folder.abandon()
        throw error
      }
    })
  }

  end(number: number, meta: Meta): Promise<void> {
    return this.#do(async () => {
      const call = await this.#callOf(number)
      this.#open.delete(number)
      if (!this.#sampling.keeps(meta['outcome'])) return await call?.folder.abandon()
      await call?.folder.end(call.files.json(meta)).catch(async (error: unknown) => {
        await call.folder.abandon()
        throw error
      })
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#work.then(() => this.#finish())
    return this.#closed
  }

  /** One after the other, since calls may overlap; a failure is kept for close(). */
  #do(work: () => Promise<void>): Promise<void> {
    if (this.#closed) return this.#work
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#failures.push(error)
    })
    return this.#work
  }

  async #start(run: Meta): Promise<void> {
    if (this.#started) return
    this.#started = true
    // Until the folder is known to be a dump's, nothing goes into it.
    this.#refused = true
    this.#last = await this.#folder.start(run, this.#includeModel)
    this.#refused = false
  }

  async #callOf(number: number): Promise<OpenCall | null> {
    const known = this.#open.get(number)
    if (known !== undefined) return known
    await this.#start({})
    const wanted = this.#sampling.begins()
    // Left out from the start, and again where the folder cannot be made: the call is not tried twice.
    this.#open.set(number, null)
    if (!wanted || this.#refused) return null
    const folder = await this.#folder.open(this.#last + 1)
    const files = new CallFiles(number, this.#sampling.redact, this.#folder.deflate, folder.write)
    this.#last = folder.number
    const call = { folder, files }
    this.#open.set(number, call)
    return call
  }

  async #finish(): Promise<void> {
    for (const call of this.#open.values()) {
      await call?.folder.abandon().catch((error: unknown) => this.#failures.push(error))
    }
    await this.#folder.close?.().catch((error: unknown) => this.#failures.push(error))
    const [cause] = this.#failures
    if (this.#failures.length === 0) return
    const { path, remedy } = this.#folder
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `the dump in ${path} is incomplete (${this.#failures.length} failed writes): ${reason}; ${remedy}`
    throw new I2iError('DUMP_FAILED', message, {
      details: { dir: path, failures: this.#failures.map(String) },
      cause,
    })
  }
}
