import { I2iError, type Session, type Tensor, type TensorInfo } from '@i2i/core'
import { checkFeeds, checkFetch } from '@i2i/core/backend'
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core'
import { fromTf, toTf } from './dtypes.js'
import type { Network } from './network.js'
import { invalid, reasonOf } from './options.js'
import type { Runtime } from './runtime.js'

type RunOptions = NonNullable<Parameters<Session['run']>[1]>
type Feeds = ReturnType<typeof checkFeeds>

/** A model in TensorFlow.js; feeds must stay as they are until run() settles. */
export class TfjsSession implements Session {
  readonly device: Session['device']
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly versions: Readonly<Record<string, string>>
  readonly #runtime: Runtime
  readonly #network: Network
  readonly #running = new Set<Promise<unknown>>()
  #disposed: Promise<void> | undefined

  constructor(runtime: Runtime, network: Network) {
    this.device = runtime.device
    this.inputs = network.inputs
    this.outputs = network.outputs
    this.versions = { '@tensorflow/tfjs-core': runtime.tf.version_core }
    this.#runtime = runtime
    this.#network = network
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
    const checked = checkFeeds(this.inputs, feeds, false)
    if (fetch.length === 0) return {}
    const run = this.#runtime.exclusive(() => {
      // TensorFlow.js computes in one go: a signal can come before or not at all.
      signal?.throwIfAborted()
      return this.#run(checked, fetch)
    }, signal)
    this.#running.add(run)
    try {
      const results = await run
      signal?.throwIfAborted()
      return results
    } finally {
      this.#running.delete(run)
    }
  }

  #run(feeds: Feeds, fetch: readonly string[]): Record<string, Tensor> {
    const { tf } = this.#runtime
    const results: Record<string, Tensor> = {}
    tf.engine().startScope()
    try {
      const inputs = new Map(feeds.map(([name, feed]) => [name, this.#toTensor(feed)]))
      const outputs = this.#network.execute(inputs, fetch)
      for (const [i, name] of fetch.entries()) results[name] = this.#fromTensor(name, outputs[i]!)
    } catch (cause) {
      throw runFailed(feeds, cause)
    } finally {
      // Whatever was made since the scope began goes, also when a run fails half-way.
      tf.engine().endScope()
    }
    return results
  }

  #toTensor(feed: Tensor): TfTensor {
    // checkFeeds() lets no tensor on the GPU through.
    const { dtype, data } = toTf(feed as Extract<Tensor, { location: 'cpu' }>)
    return this.#runtime.tf.tensor(data, [...feed.dims], dtype)
  }

  #fromTensor(name: string, tensor: TfTensor): Tensor {
    const dtype = this.outputs.find((output) => output.name === name)?.dtype ?? tensor.dtype
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
    await this.#runtime.exclusive(() => this.#network.dispose())
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
