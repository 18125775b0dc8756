import { mkdir, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { I2iError } from '@i2i/color'
import type { DumpEntry, DumpSink, DumpStage } from '../dump.js'
import { Sampling, type SamplingOptions } from '../dump-files/sampling.js'
import { CallFolder } from './call-folder.js'
import { writeRun } from './run-files.js'

type Meta = Readonly<Record<string, unknown>>

/** What of the calls goes into a dump. */
export interface DirectoryDumpOptions extends SamplingOptions {
  /** Copies the model's files into the dump; default false. */
  includeModel?: boolean
}

/**
 * A sink that writes each call as a numbered folder of .npy, .png and call.json beside one manifest.json. The folder is made; calls that
 * are there already are kept, and numbering goes on after them. A call appears whole or not at all. Failures show in close().
 * @throws OPTION_INVALID at once; DUMP_FAILED from close()
 */
export function directoryDump(dir: string, options: DirectoryDumpOptions = {}): DumpSink {
  return new DirectoryDump(resolve(dir), options)
}

class DirectoryDump implements DumpSink {
  readonly #dir: string
  readonly #sampling: Sampling
  readonly #includeModel: boolean
  /** Calls in flight; null for those that are left out. */
  readonly #open = new Map<number, CallFolder | null>()
  readonly #failures: unknown[] = []
  #last = 0
  #work: Promise<void> = Promise.resolve()
  #started = false
  #refused = false
  #closed: Promise<void> | undefined

  constructor(dir: string, { includeModel = false, ...sampling }: DirectoryDumpOptions) {
    this.#dir = dir
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
      const folder = await this.#folderOf(entry.call)
      if (!folder || !this.wants(entry.stage)) return
      try {
        await folder.write(entry)
      } catch (error) {
        // A call with a gap is no call.
        this.#open.set(entry.call, null)
        await folder.abandon()
        throw error
      }
    })
  }

  end(call: number, meta: Meta): Promise<void> {
    return this.#do(async () => {
      const folder = await this.#folderOf(call)
      this.#open.delete(call)
      if (!this.#sampling.keeps(meta['outcome'])) return await folder?.abandon()
      await folder?.end(meta).catch(async (error: unknown) => {
        await folder.abandon()
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
    await mkdir(this.#dir, { recursive: true })
    const calls = (await readdir(this.#dir)).filter((name) => /^\d{4,}$/.test(name)).map(Number)
    this.#last = Math.max(0, ...calls)
    await writeRun(this.#dir, run, { firstCall: this.#last + 1, includeModel: this.#includeModel })
    this.#refused = false
  }

  async #folderOf(call: number): Promise<CallFolder | null> {
    const known = this.#open.get(call)
    if (known !== undefined) return known
    await this.#start({})
    const wanted = this.#sampling.begins()
    // Left out from the start, and again where the folder cannot be made: the call is not tried twice.
    this.#open.set(call, null)
    if (!wanted || this.#refused) return null
    const folder = await CallFolder.open(this.#dir, this.#last + 1, call, this.#sampling.redact)
    this.#last = folder.number
    this.#open.set(call, folder)
    return folder
  }

  async #finish(): Promise<void> {
    for (const folder of this.#open.values()) {
      await folder?.abandon().catch((error: unknown) => this.#failures.push(error))
    }
    const [cause] = this.#failures
    if (this.#failures.length === 0) return
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `the dump in ${this.#dir} is incomplete (${this.#failures.length} failed writes): ${reason}; check that the folder can be written and the disk has room`
    throw new I2iError('DUMP_FAILED', message, {
      details: { dir: this.#dir, failures: this.#failures.map(String) },
      cause,
    })
  }
}
