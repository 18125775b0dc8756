import { I2iError } from '../error.js'
import { presentWebAssembly, type WasmMemory } from './web-assembly.js'

const pageBytes = 65536
const alignment = 64
// Below it nothing is handed out: address 0 stays free for "none".
const firstAddress = 64
// Vector loads may run past the last byte in use; the guard keeps them inside the memory.
const guardBytes = 256

interface Block {
  address: number
  bytes: number
}

/** What the engine's memory holds, in bytes; `live` counts the pieces handed out and not yet freed. */
export interface MemoryReport {
  readonly used: number
  readonly peak: number
  readonly capacity: number
  readonly live: number
}

function reserve(bytes: number): WasmMemory {
  const pages = Math.max(1, Math.floor(bytes / pageBytes))
  try {
    return new (presentWebAssembly().Memory)({ initial: pages, maximum: pages })
  } catch (cause) {
    throw new I2iError('OUT_OF_MEMORY', `This host does not reserve ${bytes} bytes; lower memory.maximumBytes.`, {
      details: { bytes },
      cause,
    })
  }
}

/** First-fit pieces of one WebAssembly memory that is reserved once and never grows, so that no view of it is ever detached. */
export class Arena {
  readonly memory: WasmMemory
  readonly bytes: Uint8Array
  readonly #free: Block[]
  readonly #taken = new Map<number, number>()
  readonly #capacity: number
  #used = 0
  #peak = 0

  constructor(maximumBytes: number) {
    this.memory = reserve(maximumBytes)
    this.bytes = new Uint8Array(this.memory.buffer)
    this.#capacity = Math.max(0, this.bytes.length - firstAddress - guardBytes)
    this.#free = [{ address: firstAddress, bytes: this.#capacity }]
  }

  get report(): MemoryReport {
    return { used: this.#used, peak: this.#peak, capacity: this.#capacity, live: this.#taken.size }
  }

  /** The address of `bytes` bytes, not cleared; undefined where no free piece is long enough. */
  tryTake(bytes: number): number | undefined {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
    const index = this.#free.findIndex((block) => block.bytes >= size)
    const block = this.#free[index]
    if (block === undefined) return undefined
    const { address } = block
    block.address += size
    block.bytes -= size
    if (block.bytes === 0) this.#free.splice(index, 1)
    this.#taken.set(address, size)
    this.#used += size
    this.#peak = Math.max(this.#peak, this.#used)
    return address
  }

  /** Gives a piece back; an address that was not handed out is ignored. */
  give(address: number): void {
    const bytes = this.#taken.get(address)
    if (bytes === undefined) return
    this.#taken.delete(address)
    this.#used -= bytes
    let index = this.#free.findIndex((block) => block.address > address)
    if (index < 0) index = this.#free.length
    this.#free.splice(index, 0, { address, bytes })
    this.#join(index)
    this.#join(index - 1)
  }

  /** Where `view` lies in this memory; undefined for memory of others. */
  addressOf(view: ArrayBufferView): number | undefined {
    return view.buffer === this.memory.buffer ? view.byteOffset : undefined
  }

  #join(index: number): void {
    const [block, next] = [this.#free[index], this.#free[index + 1]]
    if (block === undefined || next === undefined || block.address + block.bytes !== next.address) return
    block.bytes += next.bytes
    this.#free.splice(index + 1, 1)
  }
}
