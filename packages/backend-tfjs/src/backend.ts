import { type Backend, type Device, I2iError, type ModelBytes, type Session, type SessionOptions } from '@i2i/core'
import type { Network } from './network.js'
import { modelNetwork, onnxNetwork } from './network-onnx.js'
import { tfjsNetwork } from './network-tfjs.js'
import { checkOptions, reasonOf, type TfjsOptions } from './options.js'
import { devices, type Runtime, startRuntime, type TfjsDevice } from './runtime.js'
import { TfjsSession } from './session.js'

const formats = ['onnx', 'tfjs'] as const
const noWebGpu = 'WebGPU through TensorFlow.js is not built yet'

/** A Backend over TensorFlow.js. @throws OPTION_INVALID */
export function createBackend(options: TfjsOptions): Backend {
  checkOptions(options)

  async function open(
    { device = 'wasm', signal }: SessionOptions,
    loadNetwork: (runtime: Runtime) => Promise<Network>,
  ): Promise<Session> {
    signal?.throwIfAborted()
    const runtime = await startRuntime(checkDevice(device), options)
    signal?.throwIfAborted()
    const network = await loadNetwork(runtime)
    if (signal?.aborted) {
      await runtime.exclusive(() => network.dispose())
      throw signal.reason
    }
    return new TfjsSession(runtime, network)
  }

  return {
    name: 'tfjs',
    formats,
    async devices() {
      const here = devices.map((device) =>
        startRuntime(device, options).then(
          () => ({ device, available: true }),
          (error: unknown) => ({ device, available: false, reason: reasonOf(error) }),
        ),
      )
      return [...(await Promise.all(here)), { device: 'webgpu', available: false, reason: noWebGpu }]
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
  if (device === 'wasm' || device === 'cpu') return device
  const reason = device === 'webgpu' ? noWebGpu : 'it has no such device'
  throw new I2iError(
    'BACKEND_UNAVAILABLE',
    `TensorFlow.js does not run on ${device} here: ${reason}. Ask for wasm or cpu, or leave device out.`,
    { details: { device, offered: devices } },
  )
}
