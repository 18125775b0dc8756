import { I2iError } from '@i2i/core'

/** A session's hold on a device. */
export interface GpuLease {
  readonly device: GPUDevice
  /** Why the device is lost, once it is. */
  readonly lost: string | undefined
  release(): void
}

interface Held {
  readonly device: GPUDevice
  /** Makes the next session ask for another device. */
  readonly forget: () => void
  lost?: string
  users: number
}

// What TensorFlow.js asks for when it makes the device itself, and the buffers that its Concat binds at once.
const limits = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const

/** The adapter that sessions would run on. Rejects with what is missing. */
async function requestAdapter(): Promise<GPUAdapter> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } }
  if (!navigator?.gpu) {
    throw new Error(
      'there is no navigator.gpu: WebGPU needs a page served over https or from localhost, and a browser that has it',
    )
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('navigator.gpu has no adapter: there is no GPU, or the browser refuses it')
  return adapter
}

/** The device of one backend's sessions: the caller's, or one of our own, which lives as long as a session uses it. */
export class GpuDevices {
  readonly #given: Held | undefined
  #own: Promise<Held> | undefined

  constructor(given: GPUDevice | undefined) {
    this.#given = given && watched(given, () => undefined)
  }

  /** Rejects with what keeps sessions from having a device. */
  async probe(): Promise<void> {
    if (!this.#given) await requestAdapter()
    else if (this.#given.lost !== undefined) throw lostError(this.#given.lost)
  }

  /** @throws DEVICE_LOST where the caller's device is */
  async acquire(): Promise<GpuLease> {
    const held = this.#given ?? (await this.#opened())
    if (held.lost !== undefined) throw lostError(held.lost)
    held.users++
    return {
      device: held.device,
      get lost() {
        return held.lost
      },
      release: () => {
        held.users--
        if (held === this.#given || held.users > 0) return
        held.forget()
        held.device.destroy()
      },
    }
  }

  async #opened(): Promise<Held> {
    if (!this.#own) {
      const own: Promise<Held> = openDevice(() => {
        // By now it may be another's turn.
        if (this.#own === own) this.#own = undefined
      })
      this.#own = own
    }
    return await this.#own
  }
}

async function openDevice(forget: () => void): Promise<Held> {
  try {
    const adapter = await requestAdapter()
    const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]))
    return watched(await adapter.requestDevice({ requiredLimits }), forget)
  } catch (error) {
    forget()
    throw error
  }
}

function watched(device: GPUDevice, forget: () => void): Held {
  const held: Held = { device, forget, users: 0 }
  void device.lost.then(({ message }) => {
    held.lost = message || 'no reason was given'
    forget()
  })
  return held
}

/** What every use of a lost device throws. */
export function lostError(why: string, cause?: unknown): I2iError {
  return new I2iError(
    'DEVICE_LOST',
    `The GPU device is lost: ${why.replace(/\.$/, '')}. Open the model again; with gpuDevice, on a new device.`,
    { details: { why }, cause },
  )
}
