import { I2iError } from '../error.js'
import type { Acceptance } from './acceptance.js'
import { bufferUsage, type GpuBuffer, type GpuDevice, type GpuTexture, textureUsage } from './gpu.js'
import type { GpuMemory } from './types.js'

/** A resource on loan. Its release gives it back to the pool, once. */
export interface Lease<T> {
  readonly resource: T
  /** Whether the pool has been disposed, or this loan returned. */
  readonly released: boolean
  release(): void
}

interface Entry {
  readonly kind: string
  readonly bytes: number
  readonly resource: { destroy(): void }
  /** Refused by the device after it was made: of no use to anyone. */
  broken: boolean
}

const { storage, copySrc, copyDst, uniform, mapRead, queryResolve } = bufferUsage
const usages = {
  storage: storage | copySrc | copyDst,
  uniform: uniform,
  tables: storage,
  read: mapRead | copyDst,
  query: queryResolve | copySrc,
} as const

// A steady stream uses the same few sizes again and again; what has not been asked for since is let go.
const maximumIdle = 16

// Resources of this kind are made for one use, and are not pooled.
const own = 'own'

/** Every byte of GPU memory that an engine holds: resources are made when none that fits is idle, and kept when they come back. */
export class Pool {
  readonly #device: GpuDevice
  readonly #acceptance: Acceptance
  readonly #maximumBytes: number
  readonly #lent = new Set<Entry>()
  /** Oldest first. */
  #idle: Entry[] = []

  constructor(device: GpuDevice, acceptance: Acceptance, maximumBytes: number) {
    this.#device = device
    this.#acceptance = acceptance
    this.#maximumBytes = maximumBytes
  }

  get memory(): GpuMemory {
    const sum = (entries: Iterable<Entry>): number => [...entries].reduce((total, { bytes }) => total + bytes, 0)
    const out = [...this.#lent]
    // Uniforms and tables are the engine's own.
    const lent = out.filter(({ kind }) => kind !== own)
    return {
      bytes: sum(out) + sum(this.#idle),
      lentBytes: sum(lent),
      resources: out.length + this.#idle.length,
      lent: lent.length,
    }
  }

  /** A buffer of at least `bytes`. @throws OUT_OF_MEMORY */
  buffer(kind: 'storage' | 'read' | 'query', bytes: number): Lease<GpuBuffer> {
    const size = Math.ceil(bytes / 16) * 16
    return this.#lease(`${kind} ${size}`, size, () => this.#device.createBuffer({ size, usage: usages[kind] }))
  }

  /** A buffer of its own with these contents, which nobody writes. @throws OUT_OF_MEMORY */
  constant(kind: 'uniform' | 'tables', contents: ArrayBuffer): Lease<GpuBuffer> {
    const size = Math.ceil(contents.byteLength / 16) * 16
    const make = (): GpuBuffer => {
      const buffer = this.#device.createBuffer({ size, usage: usages[kind], mappedAtCreation: true })
      new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(contents))
      buffer.unmap()
      return buffer
    }
    return this.#lease(own, size, make)
  }

  /** An rgba8unorm texture to copy into and to read. @throws OUT_OF_MEMORY */
  texture(width: number, height: number): Lease<GpuTexture> {
    // copyExternalImageToTexture draws.
    const usage = textureUsage.copyDst | textureUsage.textureBinding | textureUsage.renderAttachment
    const make = (): GpuTexture => this.#device.createTexture({ size: [width, height], format: 'rgba8unorm', usage })
    return this.#lease(`texture ${width}x${height}`, width * height * 4, make)
  }

  /** Destroys what is idle. */
  trim(): void {
    for (const { resource } of this.#idle) resource.destroy()
    this.#idle = []
  }

  dispose(): void {
    this.trim()
    for (const { resource } of this.#lent) resource.destroy()
    this.#lent.clear()
  }

  #lease<T extends Entry['resource']>(kind: string, bytes: number, make: () => T): Lease<T> {
    const at = kind === own ? -1 : this.#idle.findIndex((entry) => entry.kind === kind)
    const entry = at < 0 ? this.#make(kind, bytes, make) : this.#idle.splice(at, 1)[0]!
    this.#lent.add(entry)
    const lent = this.#lent
    return {
      // Entries of one kind hold resources of one type.
      resource: entry.resource as T,
      get released() {
        return !lent.has(entry)
      },
      release: () => this.#release(entry),
    }
  }

  #make(kind: string, bytes: number, make: () => Entry['resource']): Entry {
    this.#checkRoom(kind, bytes)
    const what = `${bytes} bytes`
    const resource = this.#acceptance.watch('out-of-memory', what, make, () => {
      entry.broken = true
      // The next attempt finds what room there is.
      this.trim()
    })
    const entry: Entry = { kind, bytes, resource, broken: false }
    return entry
  }

  #checkRoom(kind: string, bytes: number): void {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    const texture = kind.startsWith('texture')
    if (!texture && bytes > most) {
      throw new I2iError(
        'OUT_OF_MEMORY',
        `${bytes} bytes are more than this device puts into one buffer (${most}); request it with higher maxBufferSize and maxStorageBufferBindingSize, or use smaller pictures.`,
        { details: { bytes, maxBufferSize, maxStorageBufferBindingSize } },
      )
    }
    const held = (): number => this.memory.bytes
    while (held() + bytes > this.#maximumBytes && this.#idle.length > 0) this.#idle.shift()!.resource.destroy()
    if (held() + bytes <= this.#maximumBytes) return
    throw new I2iError(
      'OUT_OF_MEMORY',
      `${bytes} bytes beside the ${held()} held pass the limit of ${this.#maximumBytes}; dispose tensors and pictures, or raise maximumBytes.`,
      { details: { bytes, held: held(), maximumBytes: this.#maximumBytes } },
    )
  }

  #release(entry: Entry): void {
    if (!this.#lent.delete(entry)) return
    if (entry.kind === own || entry.broken) {
      entry.resource.destroy()
      return
    }
    this.#idle.push(entry)
    if (this.#idle.length > maximumIdle) this.#idle.shift()!.resource.destroy()
  }
}
