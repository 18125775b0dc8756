import { type Backend, type Device, I2iError, type ModelBytes, type Session, type SessionOptions } from '@i2i/core'
import type { GpuDevices } from '@i2i/core/backend'
import { reasonOf } from './errors.js'
import { loadRuntime } from './load.js'
import { createSession } from './model.js'
import { checkOptions, type OrtOptions } from './options.js'
import type { Family, Runtime } from './runtime.js'

/** A Backend over one of the two onnxruntime packages. @throws OPTION_INVALID */
export function createBackend(family: Family, options: OrtOptions): Backend {
  checkOptions(family, options)
  const offers = family.runtimes.map((runtime) => ({ runtime, gpuDevices: runtime.gpuDevices?.(options) }))

  async function openSession(model: ModelBytes, { device, signal }: SessionOptions = {}): Promise<Session> {
    signal?.throwIfAborted()
    const offer = offers.find(({ runtime }) => runtime.device === (device ?? family.usual))
    if (!offer) throw notOffered(family, device)
    const { runtime, gpuDevices } = offer
    const module = await loadRuntime(runtime)
    const lease = await gpuDevices?.acquire().catch((cause: unknown) => {
      throw unavailable(runtime, cause)
    })
    try {
      signal?.throwIfAborted()
      return await createSession({ runtime, module, lease }, model, options, signal)
    } catch (error) {
      lease?.release()
      throw error
    }
  }

  return {
    name: family.name,
    formats: ['onnx'],
    order: [...family.runtimes, ...family.elsewhere].map(({ device }) => device),
    async devices(wanted) {
      const here = offers.filter(({ runtime }) => wanted === undefined || runtime.device === wanted)
      const found = await Promise.all(here.map(({ runtime, gpuDevices }) => offered(runtime, gpuDevices)))
      return [...found, ...family.elsewhere.map((other) => ({ ...other, available: false }))]
    },
    openSession,
    async openIdentity(io, sessionOptions) {
      sessionOptions?.signal?.throwIfAborted()
      // Loaded on demand: an app that never swaps its model for an identity never pays for the ONNX codec.
      const { linkIdentityModel, writeModel } = await import('@i2i/onnx')
      const files = new Map([['identity.onnx', writeModel(linkIdentityModel(io))]])
      return await openSession({ format: 'onnx', entry: 'identity.onnx', files }, sessionOptions)
    },
  }
}

async function offered(runtime: Runtime, gpuDevices: GpuDevices | undefined) {
  const { device } = runtime
  try {
    // Before the module is fetched: where there is no GPU, nothing need be.
    const reason = await gpuDevices?.probe()
    const module = await loadRuntime(runtime)
    await runtime.probe?.(module)
    return { device, available: true, ...(reason && { reason }) }
  } catch (error) {
    return { device, available: false, reason: reasonOf(error) }
  }
}

function notOffered({ name, runtimes, elsewhere }: Family, device: Device | undefined): I2iError {
  const reason = elsewhere.find((other) => other.device === device)?.reason ?? 'no such device here'
  const offered = runtimes.map((runtime) => runtime.device)
  return new I2iError(
    'BACKEND_UNAVAILABLE',
    `${name} does not run on ${device}: ${reason}. Ask for ${offered.join(' or ')}, or leave device out.`,
    { details: { device, offered } },
  )
}

function unavailable({ name, device }: Runtime, cause: unknown): unknown {
  if (cause instanceof I2iError) return cause
  return new I2iError('BACKEND_UNAVAILABLE', `${name} does not run on ${device}: ${reasonOf(cause)}.`, {
    details: { device },
    cause,
  })
}
