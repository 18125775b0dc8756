import { I2iError, type Tensor } from '@i2i/core'
import { arrayOf, type Dtype, isDtype, lostError } from '@i2i/core/backend'
import type { Tensor as OrtTensor } from 'onnxruntime-common'
import { reasonOf } from './errors.js'
import type { Host } from './session.js'

type TensorData = Extract<Tensor, { location: 'cpu' }>['data']
type GpuTensor = Extract<Tensor, { location: 'gpu' }>

/** A checked feed as ONNX Runtime takes it. */
export function toOrt({ runtime, module }: Host, feed: Tensor): OrtTensor {
  // checkFeeds saw that dtype and data agree, which the overload for each dtype cannot know.
  const type = feed.dtype as 'float32'
  if (feed.location === 'gpu') return module.Tensor.fromGpuBuffer(feed.buffer, { dataType: type, dims: feed.dims })
  const { data, dims } = feed
  const shared =
    !runtime.takesSharedMemory && typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer
  return new module.Tensor(type, (shared ? data.slice() : data) as Float32Array, dims)
}

/** A result as i2i takes it: on the GPU where it is there and wanted there, else in memory. */
export async function fromOrt(
  host: Host,
  name: string,
  value: OrtTensor | undefined,
  location: 'cpu' | 'gpu',
): Promise<Tensor> {
  if (value?.location === 'gpu-buffer' && location === 'gpu') return gpuTensor(host, value)
  // Reads back what is on the GPU, and frees it there.
  const raw = value?.location === 'gpu-buffer' ? await value.getData(true) : value?.data
  const data = value && isDtype(value.type) ? toTensorData(raw, value.type) : undefined
  if (!value || !data) {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `Output '${name}' came as ${value?.type ?? 'nothing'}, which i2i has no tensor for.`,
      { details: { name, dtype: value?.type } },
    )
  }
  return { location: 'cpu', dtype: value.type, dims: value.dims, data }
}

function gpuTensor({ runtime, module, lease }: Host, value: OrtTensor): GpuTensor {
  let disposed = false
  return {
    location: 'gpu',
    dtype: value.type,
    dims: value.dims,
    // ONNX Runtime's fallback type where the program has no DOM types, as Dom<'GPUBuffer'> is never there.
    buffer: value.gpuBuffer as GpuTensor['buffer'],
    async read() {
      if (disposed)
        throw new I2iError('DISPOSED', 'read() was called on a disposed GPU tensor. Read first, or dispose later.')
      const data = await value.getData().catch((cause: unknown) => {
        throw lostError(lease?.lost ?? reasonOf(cause), cause)
      })
      const known = isDtype(value.type) ? toTensorData(data, value.type) : undefined
      if (known) return known
      throw new I2iError('MODEL_UNSUPPORTED', `A GPU tensor of ${value.type} cannot be read.`)
    },
    dispose() {
      if (disposed) return
      disposed = true
      // It calls into WebAssembly, which may be in the middle of another call.
      void runtime.exclusive(module, async () => value.dispose())
    },
  }
}

/** ONNX Runtime's output data as i2i's: where the host has Float16Array, float16 comes as one. */
function toTensorData(data: unknown, dtype: Dtype): TensorData | undefined {
  if (data instanceof arrayOf(dtype)) return data
  if (dtype === 'float16' && ArrayBuffer.isView(data)) {
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
  }
  return undefined
}
