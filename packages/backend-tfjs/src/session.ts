import { I2iError, type Session, type Tensor, type TensorInfo } from '@i2i/core'
import { checkFeeds, checkFetch, lostError } from '@i2i/core/backend'
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core'
import { fromTf, toTf } from './dtypes.js'
import { checkGpuFeeds, refuseForeign, runOnGpu } from './gpu-run.js'
import type { Gpu } from './gpu-runtime.js'
import type { Network } from './network.js'
import { invalid, reasonOf } from './options.js'
import type { Runtime } from './runtime.js'

type RunOptions = NonNullable<Parameters<Session['run']>[1]>
type Feeds = ReturnType<typeof checkFeeds>
type GpuTensor = Extract<Tensor, { location: 'gpu' }>

/** A model in TensorFlow.js; feeds must stay as they are until run() settles. */
export class TfjsSession implements Session {
  readonly device: Session['device']
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly gpuDevice?: NonNullable<Session['gpuDevice']>
  readonly versions: Readonly<Record<string, string>>
  readonly #runtime: Runtime
  readonly #network: Network
  readonly #running = new Set<Promise<unknown>>()
  readonly #lent = new Set<GpuTensor>()
  #disposed: Promise<void> | undefined

  constructor(runtime: Runtime, network: Network) {
    this.device = runtime.device
    this.inputs = network.inputs
    this.outputs = network.outputs
    this.versions = { '@tensorflow/tfjs-core': runtime.tf.version_core }
    if (runtime.gpu) this.gpuDevice = runtime.gpu.lease.device
    this.#runtime = runtime
    this.#network = network
  }

  async run(feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    if (this.#disposed) {
      throw new I2iError('DISPOSED', 'run() was called on a disposed session. Open a new one, or dispose later.')
    }
    const { signal, location = 'cpu' } = options
    signal?.throwIfAborted()
    const { gpu } = this.#runtime
    if (location !== 'cpu' && !gpu) {
      throw invalid(
        `run({ location: '${location}' }): a session on ${this.device} gives its outputs in memory. Leave location out.`,
        { location, device: this.device },
      )
    }
    const fetch = checkFetch(this.outputs, options.fetch)
    const checked = checkFeeds(this.inputs, feeds, gpu !== undefined)
    const wanted = fetch.map((name) => this.outputs.find((output) => output.name === name)!)
    checkGpuFeeds(checked)
    if (fetch.length === 0) return {}
    const run = gpu
      ? this.#runOnGpu(gpu, checked, wanted, location, signal)
      : this.#runInMemory(checked, wanted, signal)
    this.#running.add(run)
    try {
      const results = await run
      signal?.throwIfAborted()
      return results
    } finally {
      this.#running.delete(run)
    }
  }

  async #runInMemory(feeds: Feeds, wanted: readonly TensorInfo[], signal: AbortSignal | undefined) {
    return await this.#runtime.exclusive(() => {
      // TensorFlow.js computes in one go: a signal can come before or not at all.
      signal?.throwIfAborted()
      const { tf } = this.#runtime
      const results: Record<string, Tensor> = {}
      tf.engine().startScope()
      try {
        const outputs = this.#execute(feeds, wanted)
        for (const [i, output] of wanted.entries()) results[output.name] = this.#fromTensor(output, outputs[i]!)
      } catch (cause) {
        throw runFailed(feeds, cause)
      } finally {
        // Whatever was made since the scope began goes, also when a run fails half-way.
        tf.engine().endScope()
      }
      return results
    }, signal)
  }

  async #runOnGpu(
    gpu: Gpu,
    feeds: Feeds,
    wanted: readonly TensorInfo[],
    location: 'cpu' | 'gpu',
    signal: AbortSignal | undefined,
  ): Promise<Record<string, Tensor>> {
    const refuseLost = (cause?: unknown) => {
      if (gpu.lease.lost !== undefined) throw lostError(gpu.lease.lost, cause)
    }
    let outputs: readonly Tensor[] = []
    try {
      refuseLost()
      await refuseForeign(gpu.lease, feeds)
      // Boxed, lest the queue wait for it: the next run computes while the GPU works on this one.
      const { pending } = await this.#runtime.exclusive(() => {
        signal?.throwIfAborted()
        const execute = () => this.#execute(feeds, wanted)
        const lent = location === 'gpu' ? this.#lent : undefined
        return { pending: runOnGpu(this.#runtime.tf, gpu, wanted, lent, execute) }
      }, signal)
      outputs = await pending
      signal?.throwIfAborted()
      refuseLost()
    } catch (cause) {
      for (const output of outputs) if (output.location === 'gpu') output.dispose()
      signal?.throwIfAborted()
      refuseLost(cause)
      throw runFailed(feeds, cause)
    }
    return Object.fromEntries(wanted.map(({ name }, i) => [name, outputs[i]!]))
  }

  #execute(feeds: Feeds, wanted: readonly TensorInfo[]): readonly TfTensor[] {
    const inputs = new Map(feeds.map(([name, feed]) => [name, this.#toTensor(feed)]))
    return this.#network.execute(
      inputs,
      wanted.map(({ name }) => name),
    )
  }

  #toTensor(feed: Tensor): TfTensor {
    const { tf } = this.#runtime
    const shape = [...feed.dims]
    if (feed.location === 'gpu') {
      // checkGpuFeeds() lets these two dtypes through.
      return tf.tensor({ buffer: feed.buffer, zeroCopy: true }, shape, feed.dtype as 'float32' | 'int32')
    }
    const { dtype, data } = toTf(feed)
    return tf.tensor(data, shape, dtype)
  }

  #fromTensor({ name, dtype: declared }: TensorInfo, tensor: TfTensor): Tensor {
    // Graph models of TensorFlow's own may not say.
    const dtype = declared ?? tensor.dtype
    const read = tensor.dataSync()
    // The CPU backend gives its own arrays: a weight or a feed that the graph passes on would be in the caller's hands.
    const data = fromTf(name, this.device === 'cpu' ? read.slice() : read, dtype)
    return { location: 'cpu', dtype, dims: tensor.shape, data }
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#release()
    return this.#disposed
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#running)
    for (const tensor of this.#lent) tensor.dispose()
    await this.#runtime.exclusive(() => this.#network.dispose())
    await this.#runtime.release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

function runFailed(feeds: Feeds, cause: unknown): I2iError {
  if (cause instanceof I2iError) return cause
  const why = reasonOf(cause)
  const fed = feeds.map(([name, { dtype, dims }]) => `${name} ${dtype}[${dims.join(', ')}]`).join(', ')
  if (/dynamic op/.test(why)) {
    return new I2iError('MODEL_UNSUPPORTED', `The model has control flow, which this backend does not run: ${why}.`, {
      cause,
    })
  }
  if (/out of memory|allocation failed|memory access out of bounds/i.test(why)) {
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
