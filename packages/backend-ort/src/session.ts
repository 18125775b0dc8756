import { I2iError, type Session, type Tensor, type TensorInfo } from '@i2i/core'
import type { InferenceSession } from 'onnxruntime-common'
import { isDtype, toTensorData } from './dtypes.js'
import { invalid, reasonOf } from './errors.js'
import { type CpuTensor, checkFeeds, checkFetch } from './feeds.js'
import type { OrtModule, Runtime } from './runtime.js'

/** A runtime and its loaded module. */
export interface Host {
  readonly runtime: Runtime
  readonly module: OrtModule
}

type RunOptions = NonNullable<Parameters<Session['run']>[1]>
type OrtTensor = InstanceType<OrtModule['Tensor']>

/** A model in ONNX Runtime; feeds must stay as they are until run() settles, for they are not copied. */
export class OrtSession implements Session {
  readonly device: Session['device']
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly #host: Host
  readonly #session: InferenceSession
  readonly #running = new Set<Promise<unknown>>()
  #disposed: Promise<void> | undefined

  constructor(host: Host, session: InferenceSession, inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]) {
    this.device = host.runtime.device
    this.inputs = inputs
    this.outputs = outputs
    this.#host = host
    this.#session = session
  }

  async run(feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    if (this.#disposed) {
      throw new I2iError('DISPOSED', 'run() was called on a disposed session. Open a new one, or dispose later.')
    }
    const { signal, location = 'cpu' } = options
    signal?.throwIfAborted()
    if (location !== 'cpu') {
      throw invalid(
        `run({ location: '${location}' }): a session on ${this.device} gives its outputs in memory. Leave location out.`,
        { location, device: this.device },
      )
    }
    const fetch = checkFetch(this.outputs, options.fetch)
    const checked = checkFeeds(this.inputs, feeds)
    if (fetch.length === 0) return {}
    const run = this.#host.runtime.exclusive(this.#host.module, () => this.#run(checked, fetch, signal))
    this.#running.add(run)
    try {
      return await run
    } finally {
      this.#running.delete(run)
    }
  }

  async #run(feeds: readonly (readonly [string, CpuTensor])[], fetch: readonly string[], signal?: AbortSignal) {
    // The signal may have fired while other runs had their turn.
    signal?.throwIfAborted()
    const ortFeeds = Object.fromEntries(feeds.map(([name, feed]) => [name, toOrt(this.#host, feed)]))
    const results = await this.#session.run(ortFeeds, fetch).catch((cause: unknown) => {
      throw runFailed(feeds, cause)
    })
    // ONNX Runtime cannot be stopped in the middle; what it computed for an aborted call is dropped here.
    signal?.throwIfAborted()
    return Object.fromEntries(fetch.map((name) => [name, fromOrt(name, results[name])]))
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#release()
    return this.#disposed
  }

  async #release(): Promise<void> {
    // Released under a run, onnxruntime-node fails that run and onnxruntime-web reads freed memory.
    await Promise.allSettled(this.#running)
    await this.#host.runtime.exclusive(this.#host.module, () => this.#session.release())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

function toOrt({ runtime, module }: Host, { dtype, dims, data }: CpuTensor): OrtTensor {
  const shared =
    !runtime.takesSharedMemory && typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer
  // checkFeeds saw that dtype and data agree, which the constructor's one overload for each dtype cannot know.
  const type = dtype as 'float32'
  return new module.Tensor(type, (shared ? data.slice() : data) as Float32Array, dims)
}

function fromOrt(name: string, value: OrtTensor | undefined): Tensor {
  const data = value && isDtype(value.type) ? toTensorData(value.data, value.type) : undefined
  if (!value || !data) {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `Output '${name}' came as ${value?.type ?? 'nothing'}, which i2i has no tensor for.`,
      { details: { name, dtype: value?.type } },
    )
  }
  return { location: 'cpu', dtype: value.type, dims: value.dims, data }
}

function runFailed(feeds: readonly (readonly [string, CpuTensor])[], cause: unknown): I2iError {
  const why = reasonOf(cause)
  const fed = feeds.map(([name, { dtype, dims }]) => `${name} ${dtype}[${dims.join(', ')}]`).join(', ')
  if (/alloc|out of memory|too large/i.test(why)) {
    return new I2iError('OUT_OF_MEMORY', `Memory ran out on ${fed}: ${why}. Use smaller pictures, or tiles.`, {
      details: { fed },
      cause,
    })
  }
  return new I2iError(
    'SHAPE_MISMATCH',
    `The model does not run on ${fed}: ${why}. Check which sizes it takes (multipleOf in the manifest).`,
    { details: { fed }, cause },
  )
}
