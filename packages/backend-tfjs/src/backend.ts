import { type Backend, type Device, I2iError, type ModelBytes, type Session, type SessionOptions } from '@i2i/core'
import { GpuDevices } from '@i2i/core/backend'
import { gpuWishes, probeGpu, startGpuRuntime } from './gpu-runtime.js'
import type { Network } from './network.js'
import { modelNetwork, onnxNetwork } from './network-onnx.js'
import { tfjsNetwork } from './network-tfjs.js'
import { checkOptions, reasonOf, type TfjsOptions } from './options.js'
import { devices, type Runtime, startRuntime, type TfjsDevice } from './runtime.js'
import { TfjsSession } from './session.js'

const formats = ['onnx', 'tfjs'] as const

/** A Backend over TensorFlow.js. @throws OPTION_INVALID */
export function createBackend(options: TfjsOptions): Backend {
  checkOptions(options)
  const gpuDevices = new GpuDevices<GPUDevice>(options.gpuDevice, gpuWishes)

  async function open(
    { device = 'wasm', signal }: SessionOptions,
    loadNetwork: (runtime: Runtime) => Promise<Network>,
  ): Promise<Session> {
    signal?.throwIfAborted()
    const checked = checkDevice(device)
    const runtime = await (checked === 'webgpu' ? startGpuRuntime(gpuDevices) : startRuntime(checked, options))
    try {
      signal?.throwIfAborted()
      const network = await loadNetwork(runtime)
      if (signal?.aborted) await runtime.exclusive(() => network.dispose())
      signal?.throwIfAborted()
      return new TfjsSession(runtime, network)
    } catch (error) {
      await runtime.release()
      throw error
    }
  }

  return {
    name: 'tfjs',
    formats,
    order: devices,
    async devices(wanted) {
      const asked = devices.filter((device) => wanted === undefined || device === wanted)
      const offers = asked.map((device) => {
        const probe = device === 'webgpu' ? probeGpu(gpuDevices) : startRuntime(device, options).then(() => undefined)
        return probe.then(
          (reason) => ({ device, available: true, ...(reason && { reason }) }),
          (error: unknown) => ({ device, available: false, reason: reasonOf(error) }),
        )
      })
      return await Promise.all(offers)
    },
    async openSession(model, sessionOptions = {}) {
      const loadNetwork = loaderOf(model)
      return await open(sessionOptions, (runtime) => loadNetwork(runtime, model, sessionOptions.signal))
    },
    async openIdentity(io, sessionOptions = {}) {
      return await open(sessionOptions, async (runtime) => {
        // Loaded on demand: an app that never swaps its model for an identity may never need the ONNX package.
        const { linkIdentityModel } = await import('@i2i/onnx')
        return await modelNetwork(runtime, linkIdentityModel(io), sessionOptions.signal)
      })
    },
  }
}

function loaderOf({ format }: ModelBytes): typeof onnxNetwork {
  if (format === 'onnx') return onnxNetwork
  if (format === 'tfjs') return tfjsNetwork
  throw new I2iError(
    'MODEL_UNSUPPORTED',
    `TensorFlow.js opens onnx and tfjs models, not ${format}. Use a variant of one of these formats, or another backend.`,
    { details: { format, formats } },
  )
}

function checkDevice(device: Device): TfjsDevice {
  const known = devices.find((offered) => offered === device)
  if (known) return known
  throw new I2iError(
    'BACKEND_UNAVAILABLE',
    `TensorFlow.js does not run on ${device}: it has no such device. Ask for ${devices.join(' or ')}, or leave device out.`,
    { details: { device, offered: devices } },
  )
}
