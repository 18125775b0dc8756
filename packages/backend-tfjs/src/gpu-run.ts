import { I2iError, type Tensor } from '@i2i/core'
import { type checkFeeds, type GpuLease, lostError } from '@i2i/core/backend'
import type { GPUData, Tensor as TfTensor } from '@tensorflow/tfjs-core'
import { fromTf, type TfData } from './dtypes.js'
import type { Gpu } from './gpu-runtime.js'
import { invalid, reasonOf } from './options.js'
import type { TfModule } from './runtime.js'

type GpuTensor = Extract<Tensor, { location: 'gpu' }>
type Feeds = ReturnType<typeof checkFeeds>

/** An output that is wanted, and the dtype that the model declares for it; graph models of TensorFlow's own may not. */
interface Wanted {
  readonly name: string
  readonly dtype?: string
}

/** Refuses GPU tensors of a dtype that TensorFlow.js holds in another one. @throws OPTION_INVALID */
export function checkGpuFeeds(feeds: Feeds): void {
  for (const [name, { location, dtype }] of feeds) {
    if (location === 'cpu' || sameOnGpu(dtype)) continue
    throw invalid(
      `Input '${name}' was fed a GPU tensor of ${dtype}, which TensorFlow.js has no buffers of. Feed what its read() gives.`,
      { name, dtype },
    )
  }
}

const sameOnGpu = (dtype: string) => dtype === 'float32' || dtype === 'int32'

/** Refuses buffers that cannot be bound on the session's device. @throws OPTION_INVALID */
export async function refuseForeign(lease: GpuLease<GPUDevice>, feeds: Feeds): Promise<void> {
  for (const [name, feed] of feeds) {
    if (feed.location !== 'gpu') continue
    const why = await lease.refusal(feed.buffer)
    if (why === undefined) continue
    throw invalid(
      `The GPU buffer of input '${name}' is not one that this session can bind: ${why.trim()} Make it on session.gpuDevice, with GPUBufferUsage.STORAGE and COPY_SRC.`,
      { name },
    )
  }
}

/**
 * Computes and hands the GPU all its work before it returns; settles when the outputs are there, in memory or, where they go into
 * `lent` until they are disposed of, on the GPU. Called with the device chosen.
 * @throws OUT_OF_MEMORY
 */
export async function runOnGpu(
  tf: TfModule,
  gpu: Gpu,
  wanted: readonly Wanted[],
  lent: Set<GpuTensor> | undefined,
  execute: () => readonly TfTensor[],
): Promise<readonly Tensor[]> {
  const kept: TfTensor[] = []
  const dispose = () => {
    for (const tensor of kept) tensor.dispose()
  }
  // Asynchronous, so that what it throws at once comes after the error scopes are closed.
  const submit = async () => {
    tf.engine().startScope()
    let read: (() => Promise<TfData>)[]
    try {
      const outputs = execute()
      if (lent) {
        return outputs.map((output, i) => {
          const { name, dtype = output.dtype } = wanted[i]!
          if (!sameOnGpu(dtype)) throw noBuffer(name, dtype)
          const data = copyOf(tf, gpu, output)
          kept.push(data.tensorRef)
          return gpuTensor(gpu, dtype, data, lent)
        })
      }
      // A clone shares the numbers: an output may be a weight, which must not be disposed of, or a feed.
      for (const output of outputs) kept.push(tf.keep(tf.clone(output)))
      read = kept.map((tensor) => () => tensor.data() as Promise<TfData>)
    } finally {
      tf.engine().endScope()
    }
    const data = await Promise.all(read.map((start) => start()))
    const tensors = data.map((numbers, i) => cpuTensor(wanted[i]!, kept[i]!, numbers))
    dispose()
    return tensors
  }
  try {
    return await checked(gpu.lease.device, submit)
  } catch (cause) {
    dispose()
    throw cause
  }
}

const noBuffer = (name: string, dtype: string) =>
  invalid(
    `run({ location: 'gpu' }): output '${name}' is ${dtype}, which TensorFlow.js has no buffers of. Leave location out.`,
    { name, dtype },
  )

function cpuTensor({ name, dtype: declared }: Wanted, tensor: TfTensor, numbers: TfData): Tensor {
  const { shape, size } = tensor
  const dtype = declared ?? tensor.dtype
  // Of what the graph passes on, these are the feed's own, and as long as its buffer.
  return { location: 'cpu', dtype, dims: shape, data: fromTf(name, numbers.slice(0, size), dtype) } as Tensor
}

/** A copy in a buffer of its own: the output's may be a feed's. */
function copyOf(tf: TfModule, { backend }: Gpu, output: TfTensor): GPUData {
  backend.uploadToGPU(output.dataId)
  const copy = output.dataToGPU()
  tf.keep(copy.tensorRef)
  return copy
}

const scopes = ['out-of-memory', 'validation'] as const

/** Rejects with what the GPU finds wrong with the work that is submitted: otherwise it computes zeros, and says nothing. */
async function checked<T>(device: GPUDevice, submit: () => Promise<T>): Promise<T> {
  for (const scope of scopes) device.pushErrorScope(scope)
  const work = submit()
  const errors = scopes.map(() => device.popErrorScope())
  const [done, invalidWork, noMemory] = await Promise.allSettled([work, ...errors] as const)
  const failed = [invalidWork, noMemory].map((scope) => (scope?.status === 'fulfilled' ? scope.value : null))
  const [error, memoryError] = failed
  if (memoryError) {
    const message = `The GPU ran out of memory: ${reasonOf(memoryError.message)}. Use smaller pictures, or tiles.`
    throw new I2iError('OUT_OF_MEMORY', message, { cause: memoryError })
  }
  if (done.status === 'rejected') throw done.reason
  if (error) throw new Error(error.message)
  return done.value
}

function gpuTensor({ lease }: Gpu, dtype: string, { tensorRef, buffer }: GPUData, lent: Set<GpuTensor>): GpuTensor {
  const disposed = () =>
    new I2iError('DISPOSED', 'read() was called on a disposed GPU tensor. Read first, or dispose later.')
  const tensor: GpuTensor = {
    location: 'gpu',
    dtype,
    dims: tensorRef.shape,
    buffer: buffer as GpuTensor['buffer'],
    async read() {
      if (tensorRef.isDisposed) throw disposed()
      try {
        const numbers = await tensorRef.data()
        return numbers.slice(0, tensorRef.size) as Float32Array | Int32Array
      } catch (cause) {
        if (tensorRef.isDisposed) throw disposed()
        throw lostError(lease.lost ?? reasonOf(cause), cause)
      }
    },
    dispose() {
      tensorRef.dispose()
      lent.delete(tensor)
    },
  }
  lent.add(tensor)
  return tensor
}
