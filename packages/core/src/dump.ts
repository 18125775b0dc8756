import type { RawImage, TensorData } from '@i2i/color'
import { float16ToNumber } from '@i2i/color'
import type { Tensor } from './ports.js'

/** The four stages of a link: what came in, what the model got, what it gave, what goes out. */
export type DumpStage = 'sdkInput' | 'modelInput' | 'modelOutput' | 'sdkOutput'

/** One picture or tensor of one call. */
export interface DumpEntry {
  /** Counts the translator's calls. */
  readonly call: number
  readonly stage: DumpStage
  /** The tensor's or output's name. */
  readonly name: string
  readonly image?: RawImage
  readonly tensor?: Tensor
  readonly meta: Readonly<Record<string, unknown>>
}

/**
 * Receives what passes between the stages. Data is valid until the promise settles; GPU tensors were read back first. A sink that fails
 * never fails translate(): close() then rejects with DUMP_FAILED. Whoever passes a sink closes it; the sink of I2I_DUMP is closed by the
 * translator's dispose(), its failure goes to `decisions`.
 */
export interface DumpSink {
  /** Once, before the first entry: ids, versions, hashes, decisions. */
  begin?(run: Readonly<Record<string, unknown>>): void | Promise<void>
  /** Whether entries of this stage and name are to be written; default yes. */
  wants?(stage: DumpStage, name: string): boolean
  write(entry: DumpEntry): void | Promise<void>
  /** A call is whole: geometry, timings, outcome. */
  end?(call: number, meta: Readonly<Record<string, unknown>>): void | Promise<void>
  /** @throws DUMP_FAILED when anything could not be written */
  close(): Promise<void>
}

/** A sink that keeps copies of everything, for tests and tools: entries in the order written, and each finished call's meta. */
export interface MemoryDump extends DumpSink {
  readonly entries: readonly DumpEntry[]
  /** What begin() was told; empty before. */
  readonly run: Readonly<Record<string, unknown>>
  /** What end() was told, by call. */
  readonly calls: ReadonlyMap<number, Readonly<Record<string, unknown>>>
}

/** Keeps every entry in memory, its data copied; it grows until dropped. */
export function memoryDump(): MemoryDump {
  const entries: DumpEntry[] = []
  const calls = new Map<number, Readonly<Record<string, unknown>>>()
  let run: Readonly<Record<string, unknown>> = {}
  return {
    entries,
    calls,
    get run() {
      return run
    },
    begin(meta) {
      run = meta
    },
    async write(entry) {
      const { image, tensor } = entry
      // Copied before the first await, so that a caller who does not wait is served too.
      const copy = { ...entry, ...(image && { image: copyImage(image) }) }
      entries.push(tensor ? { ...copy, tensor: await copyTensor(tensor) } : copy)
    },
    end(call, meta) {
      calls.set(call, meta)
    },
    close: async () => undefined,
  }
}

function copyImage(image: RawImage): RawImage {
  return { ...image, planes: image.planes.map(({ data, stride }) => ({ data: data.slice(), stride })) }
}

async function copyTensor(tensor: Tensor): Promise<Tensor> {
  const { dtype, dims } = tensor
  const data = tensor.location === 'cpu' ? tensor.data.slice() : await tensor.read()
  return { dtype, dims: [...dims], location: 'cpu', data }
}

/** What a tensor's numbers are like. The first four are of the finite numbers alone, NaN where there are none; `std` is the population's. */
export interface TensorStatistics {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
  readonly nanCount: number
  readonly infCount: number
}

/** Statistics of a tensor's data; float16 bits (`dtype` "float16") are decoded, int64 is rounded to doubles. */
export function tensorStatistics(data: TensorData, dtype?: string): TensorStatistics {
  const half = dtype === 'float16'
  let [min, max, sum, count, nanCount, infCount] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0]
  for (let i = 0; i < data.length; i++) {
    const value = half ? float16ToNumber(Number(data[i])) : Number(data[i])
    if (Number.isNaN(value)) nanCount++
    else if (!Number.isFinite(value)) infCount++
    else {
      if (value < min) min = value
      if (value > max) max = value
      sum += value
      count++
    }
  }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < data.length; i++) {
    const value = half ? float16ToNumber(Number(data[i])) : Number(data[i])
    if (Number.isFinite(value)) squares += (value - mean) ** 2
  }
  const none = count === 0
  return {
    min: none ? Number.NaN : min,
    max: none ? Number.NaN : max,
    mean,
    std: Math.sqrt(squares / count),
    nanCount,
    infCount,
  }
}
