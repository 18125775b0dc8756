import { I2iError } from '@i2i/core'

/** What is used of a GPUDevice; no public type needs lib.dom. */
export interface GpuDevice {
  readonly lost: Promise<{ readonly message: string }>
  destroy(): void
}
interface GpuAdapter {
  readonly features: ReadonlySet<string>
  readonly limits: Readonly<Record<string, number>>
  requestDevice(descriptor: object): Promise<GpuDevice>
}
interface Gpu {
  requestAdapter(options: object): Promise<GpuAdapter | null>
}

/** A session's hold on a device. */
export interface GpuLease {
  readonly device: GpuDevice
  /** Why the device is lost, once it is. */
  readonly lost: string | undefined
  release(): void
}

interface Held {
  readonly device: GpuDevice
  lost?: string
  users: number
}

// What ONNX Runtime asks for when it makes the device itself (its webgpu_context.cc).
const features = ['shader-f16', 'subgroups', 'timestamp-query', 'chromium-experimental-timestamp-query-inside-passes']
const limits = [
  'maxBindGroups',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
]

/** The adapter that sessions would run on. Rejects with what is missing. */
export async function requestAdapter(): Promise<GpuAdapter> {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } }
  if (!navigator?.gpu) {
    throw new Error(
      'there is no navigator.gpu: WebGPU needs a page served over https or from localhost, and a browser that has it',
    )
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('navigator.gpu has no adapter: there is no GPU, or the browser refuses it')
  return adapter
}

/**
 * The device of one backend's sessions: the caller's, or one of our own, which lives as long as a session uses it. ONNX Runtime is
 * always given a device, for one that it makes dies with its last session and is not replaced when it is lost under another.
 */
export class GpuDevices {
  readonly #given: Held | undefined
  #own: Promise<Held> | undefined

  constructor(given: GpuDevice | undefined) {
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
    let released = false
    return {
      device: held.device,
      get lost() {
        return held.lost
      },
      release: () => {
        if (released) return
        released = true
        held.users--
        if (held === this.#given || held.users > 0) return
        this.#own = undefined
        held.device.destroy()
      },
    }
  }

  async #opened(): Promise<Held> {
    this.#own ??= this.#open().catch((error: unknown) => {
      this.#own = undefined
      throw error
    })
    return await this.#own
  }

  async #open(): Promise<Held> {
    const adapter = await requestAdapter()
    const device = await adapter.requestDevice({
      requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
    })
    // The next session gets a new device.
    return watched(device, () => {
      this.#own = undefined
    })
  }
}

function watched(device: GpuDevice, onLost: () => void): Held {
  const held: Held = { device, users: 0 }
  void device.lost.then(({ message }) => {
    held.lost = message || 'no reason was given'
    onLost()
  })
  return held
}

/** What every use of a lost device throws. */
export function lostError(why: string, cause?: unknown): I2iError {
  return new I2iError(
    'DEVICE_LOST',
    `The GPU device is lost: ${why.replace(/\.$/, '')}. Open the model again; with gpuDevice, on a new device.`,
    {
      details: { why },
      cause,
    },
  )
}
