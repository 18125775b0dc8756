import { I2iError, type Session, type Tensor, type TensorInfo } from '@i2i/core'
import { checkFeeds, checkFetch, type GpuLease, lostError } from '@i2i/core/backend'
import type { InferenceSession } from 'onnxruntime-common'
import { runFailed } from './errors.js'
import { type PlacedNode, placementOf } from './placement.js'
import type { OrtModule, Runtime, Settings } from './runtime.js'
import { fromOrt, toOrt } from './tensors.js'

/** A runtime, its loaded module, and the device it shares, if any. */
export interface Host {
  readonly runtime: Runtime
  readonly module: OrtModule
  readonly lease: GpuLease | undefined
}

/** What a session is made of. */
export interface SessionInit {
  readonly host: Host
  readonly session: InferenceSession
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /** Kept for placement(), which opens the model once more. */
  readonly bytes: Uint8Array
  readonly settings: Settings
  readonly fallback: string | undefined
}

type RunOptions = NonNullable<Parameters<Session['run']>[1]>
type Feeds = ReturnType<typeof checkFeeds>
type GpuTensor = Extract<Tensor, { location: 'gpu' }>

/** A model in ONNX Runtime; feeds must stay as they are until run() settles, for they are not copied. */
export class OrtSession implements Session {
  readonly device: Session['device']
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly gpuDevice?: NonNullable<Session['gpuDevice']>
  readonly fallback?: string
  readonly versions: Readonly<Record<string, string>>
  readonly #init: SessionInit
  readonly #running = new Set<Promise<unknown>>()
  readonly #lent = new Set<GpuTensor>()
  #sizes: ReadonlyMap<string, readonly number[]> = new Map()
  #disposed: Promise<void> | undefined

  constructor(init: SessionInit) {
    const { runtime, module, lease } = init.host
    const { versions } = module.env
    const version = runtime.name === 'onnxruntime-node' ? versions.node : versions.web
    this.versions = version === undefined ? {} : { [runtime.name]: version }
    this.device = runtime.device
    this.inputs = init.inputs
    this.outputs = init.outputs
    // GpuDevice names the part that is used of a GPUDevice; whole ones are all that there are.
    if (lease) this.gpuDevice = lease.device as NonNullable<Session['gpuDevice']>
    if (init.fallback) this.fallback = init.fallback
    this.#init = init
  }

  async run(feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    this.#refuseDisposed('run')
    const { signal, location = 'cpu' } = options
    signal?.throwIfAborted()
    const { host } = this.#init
    if (location === 'gpu' && !host.lease) {
      throw new I2iError(
        'OPTION_INVALID',
        `run({ location: 'gpu' }): a session of ${host.runtime.name} on ${this.device} gives its outputs in memory. Leave location out.`,
        { details: { location, device: this.device } },
      )
    }
    const fetch = checkFetch(this.outputs, options.fetch)
    const checked = checkFeeds(this.inputs, feeds, host.lease !== undefined)
    if (fetch.length === 0) return {}
    return await this.#exclusive(() => this.#run(checked, fetch, location, signal))
  }

  async #run(feeds: Feeds, fetch: readonly string[], location: 'cpu' | 'gpu', signal: AbortSignal | undefined) {
    // The signal may have fired while other runs had their turn.
    signal?.throwIfAborted()
    const { host, session } = this.#init
    this.#refuseLost()
    this.#sizes = new Map(feeds.map(([name, { dims }]) => [name, dims]))
    for (const [name, feed] of feeds) if (feed.location === 'gpu') await this.#refuseForeign(name, feed)
    const results: Record<string, Tensor> = {}
    try {
      const values = await session.run(
        Object.fromEntries(feeds.map(([name, feed]) => [name, toOrt(host, feed)])),
        fetch,
      )
      for (const name of fetch) results[name] = await fromOrt(host, name, values[name], location)
      // ONNX Runtime cannot be stopped in the middle; what it computed for an aborted call is dropped here.
      signal?.throwIfAborted()
      this.#refuseLost()
    } catch (cause) {
      for (const result of Object.values(results)) if (result.location === 'gpu') result.dispose()
      signal?.throwIfAborted()
      this.#refuseLost(cause)
      throw runFailed(feeds, cause)
    }
    for (const result of Object.values(results)) if (result.location === 'gpu') this.#lent.add(result)
    return results
  }

  async placement(): Promise<readonly PlacedNode[]> {
    this.#refuseDisposed('placement')
    return await this.#exclusive(() => placementOf(this.#init, this.#sizes))
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#release()
    return this.#disposed
  }

  async #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const { runtime, module } = this.#init.host
    const running = runtime.exclusive(module, task)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  async #release(): Promise<void> {
    const { host, session } = this.#init
    // Released under a run, onnxruntime-node fails that run and onnxruntime-web reads freed memory.
    await Promise.allSettled(this.#running)
    for (const tensor of this.#lent) tensor.dispose()
    await host.runtime.exclusive(host.module, () => session.release())
    host.lease?.release()
  }

  #refuseDisposed(call: string): void {
    if (!this.#disposed) return
    throw new I2iError('DISPOSED', `${call}() was called on a disposed session. Open a new one, or dispose later.`)
  }

  async #refuseForeign(name: string, { buffer }: GpuTensor): Promise<void> {
    const why = await this.#init.host.lease?.refusal(buffer)
    this.#refuseLost()
    if (why === undefined) return
    throw new I2iError(
      'OPTION_INVALID',
      `The GPU buffer of input '${name}' is not one that this session can bind: ${why.trim()} Make it on session.gpuDevice, with GPUBufferUsage.STORAGE.`,
      { details: { name } },
    )
  }

  #refuseLost(cause?: unknown): void {
    const why = this.#init.host.lease?.lost
    if (why !== undefined) throw lostError(why, cause)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
