import { I2iError, isI2iError } from '@i2i/core'
import type { GpuDevices, GpuLease, GpuWishes } from '@i2i/core/backend'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { copyKernels } from './gpu-kernels.js'
import { reasonOf } from './options.js'
import { load, loadTf, type Runtime, runtimeOf, type Shared, sharedBy, type TfModule } from './runtime.js'

/** TensorFlow.js on one GPUDevice, under a name of its own: 'webgpu' is the app's. */
export interface GpuBackend {
  readonly name: string
  readonly backend: WebGPUBackend
  users: number
}

/** A session's part in a device. */
export interface Gpu {
  readonly lease: GpuLease<GPUDevice>
  readonly backend: WebGPUBackend
}

/** What TensorFlow.js asks for when it makes the device itself, and the buffers that its Concat binds at once. */
export const gpuWishes: GpuWishes = {
  limits: [
    'maxBufferSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
  ],
}

const packageName = '@tensorflow/tfjs-backend-webgpu'

async function loadAll(gpuDevices: GpuDevices<GPUDevice>) {
  // Before anything is fetched: where there is no GPU, nothing need be.
  const caution = await gpuDevices.probe()
  const tf = await loadTf('webgpu')
  return { caution, tf, webgpu: await load(packageName, () => import('@tensorflow/tfjs-backend-webgpu')) }
}

/** What speaks against running on the GPU here. Rejects with what keeps TensorFlow.js from it. */
export async function probeGpu(gpuDevices: GpuDevices<GPUDevice>): Promise<string | undefined> {
  const { caution } = await loadAll(gpuDevices)
  return caution
}

/** Loads and starts TensorFlow.js on a GPUDevice. @throws BACKEND_UNAVAILABLE, DEVICE_LOST */
export async function startGpuRuntime(gpuDevices: GpuDevices<GPUDevice>): Promise<Runtime> {
  try {
    const { tf, webgpu } = await loadAll(gpuDevices)
    const state = sharedBy(tf)
    const lease = await gpuDevices.acquire()
    const used = await state.queue.run(async () => use(tf, state, lease.device, webgpu.WebGPUBackend))
    return {
      ...runtimeOf(tf, state, 'webgpu', used.name),
      gpu: { lease, backend: used.backend },
      async release() {
        await state.queue.run(async () => leave(tf, state, lease.device, used))
        lease.release()
      },
    }
  } catch (cause) {
    if (isI2iError(cause)) throw cause
    throw new I2iError('BACKEND_UNAVAILABLE', `TensorFlow.js does not run on webgpu: ${reasonOf(cause)}.`, {
      details: { device: 'webgpu' },
      cause,
    })
  }
}

function use(tf: TfModule, { gpuBackends }: Shared, device: GPUDevice, Backend: typeof WebGPUBackend): GpuBackend {
  let used = gpuBackends.get(device)
  if (!used) {
    // Of typings older than browsers are: the device knows its adapter.
    const { adapterInfo } = device as { adapterInfo?: GPUAdapterInfo }
    const name = freeName(tf)
    const backend = new Backend(device, adapterInfo)
    tf.registerBackend(name, () => backend, 0)
    copyKernels(tf, name)
    used = { name, backend, users: 0 }
    gpuBackends.set(device, used)
  }
  used.users++
  return used
}

function freeName(tf: TfModule): string {
  for (let number = 1; ; number++) {
    const name = `i2i-webgpu-${number}`
    if (!tf.findBackendFactory(name)) return name
  }
}

/** The last session takes the backend with it, and the buffers and pipelines that it keeps. */
function leave(tf: TfModule, { gpuBackends }: Shared, device: GPUDevice, used: GpuBackend): void {
  used.users--
  if (used.users > 0) return
  gpuBackends.delete(device)
  tf.removeBackend(used.name)
  for (const { kernelName } of tf.getKernelsForBackend(used.name)) tf.unregisterKernel(kernelName, used.name)
}
