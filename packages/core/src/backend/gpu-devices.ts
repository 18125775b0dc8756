import { I2iError } from '@i2i/color'

/** What is used of a GPUDevice; no public type needs lib.dom. */
export interface GpuDevice {
  readonly lost: Promise<{ readonly message: string }>
  destroy(): void
  pushErrorScope(filter: 'validation'): void
  popErrorScope(): Promise<{ readonly message: string } | null>
  createBindGroupLayout(descriptor: object): object
  createBindGroup(descriptor: object): object
}

interface GpuAdapter {
  readonly info?: { readonly isFallbackAdapter?: boolean }
  readonly features: ReadonlySet<string>
  readonly limits: Readonly<Record<string, number>>
  requestDevice(descriptor: object): Promise<GpuDevice>
}

/** A session's hold on a device. */
export interface GpuLease<D extends GpuDevice = GpuDevice> {
  readonly device: D
  /** Why the device is lost, once it is. */
  readonly lost: string | undefined
  /** What makes `buffer` unfit to be bound as storage on this device, if anything does. */
  refusal(buffer: object): Promise<string | undefined>
  /** Gives the hold up; harmless when repeated. */
  release(): void
}

/** What a runtime wants of a device that is made for it: features where the adapter has them, limits as large as it has. */
export interface GpuWishes {
  readonly features?: readonly string[]
  readonly limits: readonly string[]
}

interface Held<D> {
  readonly device: D
  /** Buffers that were bound without an error. */
  readonly known: WeakSet<object>
  /** Makes the next session ask for another device. */
  readonly forget: () => void
  lost?: string
  users: number
}

/** The device of one backend's sessions: the caller's, or one of our own, which lives as long as a session uses it. */
export class GpuDevices<D extends GpuDevice = GpuDevice> {
  readonly #given: Held<D> | undefined
  readonly #wishes: GpuWishes
  #own: Promise<Held<D>> | undefined

  constructor(given: D | undefined, wishes: GpuWishes) {
    this.#given = given && watched(given, () => undefined)
    this.#wishes = wishes
  }

  /** What speaks against a device that sessions can have; a caller's own is never spoken against. Rejects with what keeps them from having one. */
  async probe(): Promise<string | undefined> {
    if (this.#given) {
      if (this.#given.lost !== undefined) throw lostError(this.#given.lost)
      return undefined
    }
    const { info } = await requestAdapter()
    return info?.isFallbackAdapter ? 'its GPU is imitated in software' : undefined
  }

  /** Lends the device until the lease is released. @throws DEVICE_LOST where the caller's device is */
  async acquire(): Promise<GpuLease<D>> {
    const held = this.#given ?? (await this.#opened())
    if (held.lost !== undefined) throw lostError(held.lost)
    held.users++
    let released = false
    return {
      device: held.device,
      get lost() {
        return held.lost
      },
      refusal: (buffer) => refusal(held, buffer),
      release: () => {
        if (released) return
        released = true
        held.users--
        if (held === this.#given || held.users > 0) return
        held.forget()
        held.device.destroy()
      },
    }
  }

  async #opened(): Promise<Held<D>> {
    if (!this.#own) {
      const own: Promise<Held<D>> = openDevice(this.#wishes, () => {
        // By now it may be another's turn.
        if (this.#own === own) this.#own = undefined
      })
      this.#own = own
    }
    return await this.#own
  }
}

/** The adapter that sessions would run on. Rejects with what is missing. */
async function requestAdapter(): Promise<GpuAdapter> {
  const { navigator } = globalThis as {
    navigator?: { gpu?: { requestAdapter(options: object): Promise<GpuAdapter | null> } }
  }
  if (!navigator?.gpu) {
    throw new Error(
      'there is no navigator.gpu: WebGPU needs a page served over https or from localhost, and a browser that has it',
    )
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('navigator.gpu has no adapter: there is no GPU, or the browser refuses it')
  return adapter
}

async function openDevice<D extends GpuDevice>(
  { features = [], limits }: GpuWishes,
  forget: () => void,
): Promise<Held<D>> {
  try {
    const adapter = await requestAdapter()
    const device = await adapter.requestDevice({
      requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
    })
    // Adapters make whole devices, whatever is used of them.
    return watched(device as D, forget)
  } catch (error) {
    forget()
    throw error
  }
}

function watched<D extends GpuDevice>(device: D, forget: () => void): Held<D> {
  const held: Held<D> = { device, known: new WeakSet(), forget, users: 0 }
  void device.lost.then(({ message }) => {
    held.lost = message || 'no reason was given'
    forget()
  })
  return held
}

// No call tells which device a buffer is of. Binding one does, and ONNX Runtime is of no use after it tried: its next run fails too.
async function refusal({ device, known }: Held<GpuDevice>, buffer: object): Promise<string | undefined> {
  if (known.has(buffer)) return undefined
  device.pushErrorScope('validation')
  // GPUShaderStage.COMPUTE
  const entry = { binding: 0, visibility: 4, buffer: { type: 'read-only-storage' } }
  const layout = device.createBindGroupLayout({ entries: [entry] })
  device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] })
  const error = await device.popErrorScope()
  if (error) return error.message
  known.add(buffer)
  return undefined
}

/** What every use of a lost device throws. */
export function lostError(why: string, cause?: unknown): I2iError {
  return new I2iError(
    'DEVICE_LOST',
    `The GPU device is lost: ${why.replace(/\.$/, '')}. Open the model again; with gpuDevice, on a new device.`,
    { details: { why }, cause },
  )
}
