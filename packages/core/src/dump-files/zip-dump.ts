import { I2iError } from '@i2i/color'
import type { DumpEntry, DumpSink, DumpStage } from '../dump.js'
import { joined } from '../joined.js'
import { CallFiles } from './call-files.js'
import { browserHost } from './host.js'
import { fflateDeflate } from './image-png.js'
import { modelFiles, runText } from './run-json.js'
import { Sampling, type SamplingOptions } from './sampling.js'
import { zippedFolder } from './zip.js'

type Meta = Readonly<Record<string, unknown>>
type Files = Map<string, Uint8Array>

/** What of the calls goes into a zip, and how its folder is called. */
export interface ZipDumpOptions extends SamplingOptions {
  /** The folder inside the zip; default `run.i2idump`. */
  folder?: string
  /** Copies the model's files into the dump; default false. */
  includeModel?: boolean
}

/** A sink that holds a dump in memory for download. */
export interface ZipDump extends DumpSink {
  /** The zip of all calls finished so far; unpacked it is what directoryDump() writes. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** How many calls are finished. */
  readonly calls: number
}

/**
 * Keeps a dump in memory, to be offered as a download: `new Blob([await dump.bytes()])`. It grows with every call: sample with `first` or
 * `every`. Runs in browsers and in Node.
 * @throws OPTION_INVALID at once; DUMP_FAILED from close()
 */
export function zipDump(options: ZipDumpOptions = {}): ZipDump {
  const { folder = 'run.i2idump', includeModel = false, ...rest } = options
  const sampling = new Sampling(rest)
  const open = new Map<number, { readonly files: Files; readonly call: CallFiles } | null>()
  const finished: Files[] = []
  const failures: unknown[] = []
  let run: Meta | undefined
  let work: Promise<void> = Promise.resolve()

  const guarded = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task).catch((error: unknown) => {
      failures.push(error)
    })
    return work
  }
  const callOf = (number: number) => {
    const known = open.get(number)
    if (known !== undefined) return known
    const files: Files = new Map()
    // Copied: the parts are the caller's memory.
    const write = async (name: string, parts: readonly Uint8Array[]) => void files.set(name, joined(parts))
    const call = sampling.begins()
      ? { files, call: new CallFiles(number, sampling.redact, fflateDeflate, write) }
      : null
    open.set(number, call)
    return call
  }
  const wants = (stage: DumpStage) => !(sampling.full && open.size === 0) && sampling.wantsStage(stage)

  return {
    get calls() {
      return finished.length
    },
    begin(meta) {
      run ??= meta
    },
    wants,
    write: (entry: DumpEntry) =>
      guarded(async () => {
        if (!wants(entry.stage)) return
        try {
          await callOf(entry.call)?.call.add(entry)
        } catch (error) {
          // A call with a gap is no call.
          open.set(entry.call, null)
          throw error
        }
      }),
    end: (number, meta) =>
      guarded(async () => {
        const call = callOf(number)
        open.delete(number)
        if (!call || !sampling.keeps(meta['outcome'])) return
        call.files.set('call.json', new TextEncoder().encode(call.call.json(meta)))
        finished.push(call.files)
      }),
    async bytes() {
      await work
      return zippedFolder(folder, await allFiles(run ?? {}, finished, includeModel))
    },
    async close() {
      await work
      open.clear()
      const [cause] = failures
      if (failures.length === 0) return
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new I2iError('DUMP_FAILED', `the dump is incomplete (${failures.length} failed writes): ${reason}`, {
        cause,
      })
    },
  }
}

async function allFiles(run: Meta, calls: readonly Files[], includeModel: boolean): Promise<Files> {
  const model = includeModel ? await modelFiles(run) : []
  const manifest = runText({ run, host: browserHost(), firstCall: 1, model })
  const files: Files = new Map([['manifest.json', new TextEncoder().encode(manifest)], ...model])
  for (const [i, call] of calls.entries())
    for (const [name, bytes] of call) files.set(`${String(i + 1).padStart(4, '0')}/${name}`, bytes)
  return files
}
