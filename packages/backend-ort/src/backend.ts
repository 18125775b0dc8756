import { type Backend, type Device, I2iError, type ModelBytes, type Session, type SessionOptions } from '@i2i/core'
import { reasonOf } from './errors.js'
import { loadRuntime } from './load.js'
import { createSession } from './model.js'
import { checkOptions, type OrtOptions } from './options.js'
import type { Runtime } from './runtime.js'

/** A Backend over one of the two onnxruntime packages. @throws OPTION_INVALID */
export function createBackend(runtime: Runtime, options: OrtOptions): Backend {
  checkOptions(options)

  async function openSession(model: ModelBytes, { device, signal }: SessionOptions = {}): Promise<Session> {
    signal?.throwIfAborted()
    checkDevice(runtime, device)
    const module = await loadRuntime(runtime)
    signal?.throwIfAborted()
    return await createSession({ runtime, module }, model, options, signal)
  }

  return {
    name: runtime.name,
    formats: ['onnx'],
    async devices() {
      const here = await loadRuntime(runtime).then(
        () => ({ device: runtime.device, available: true }),
        (error: unknown) => ({
          device: runtime.device,
          available: false,
          reason: reasonOf(error),
        }),
      )
      return [here, ...runtime.elsewhere.map((other) => ({ ...other, available: false }))]
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

function checkDevice(runtime: Runtime, device: Device | undefined): void {
  if (device === undefined || device === runtime.device) return
  const reason = runtime.elsewhere.find((other) => other.device === device)?.reason ?? 'no such device here'
  throw new I2iError(
    'BACKEND_UNAVAILABLE',
    `${runtime.name} does not run on ${device}: ${reason}. Ask for ${runtime.device}, or leave device out.`,
    { details: { device, offered: [runtime.device] } },
  )
}
