import { I2iError } from '../error.js'
import { type GpuDevice, mapRead } from './gpu.js'
import type { Pool } from './pool.js'
import type { GpuTimer } from './types.js'

/** What a pass descriptor takes as timestampWrites; undefined where no time is taken. */
export interface PassTimer extends GpuTimer {
  writes(name: string): object | undefined
}

// Passes between two reads; more go untimed.
const capacity = 32

/** A timer that takes none. */
function noTimer(): PassTimer {
  const dispose = (): void => {}
  return { available: false, writes: () => undefined, read: async () => ({}), dispose, [Symbol.dispose]: dispose }
}

/** Times passes on the device's clock, in nanoseconds (WebGPU timestamp queries); browsers may round to 0.1 ms. */
export function gpuTimer(device: GpuDevice, pool: Pool): PassTimer {
  if (!device.features.has('timestamp-query')) return noTimer()
  const queries = device.createQuerySet({ type: 'timestamp', count: capacity * 2 })
  let names: string[] = []
  let disposed = false
  const dispose = (): void => {
    if (!disposed) queries.destroy()
    disposed = true
  }
  return {
    available: true,
    writes(name) {
      if (disposed) throw new I2iError('DISPOSED', 'This GPU timer was disposed; make another.')
      if (names.length === capacity) return undefined
      const first = names.push(name) * 2 - 2
      return { querySet: queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 }
    },
    async read() {
      if (disposed) throw new I2iError('DISPOSED', 'This GPU timer was disposed; make another.')
      const taken = names
      names = []
      if (taken.length === 0) return {}
      const bytes = taken.length * 16
      const [resolved, readable] = [pool.buffer('query', bytes), pool.buffer('read', bytes)]
      try {
        const encoder = device.createCommandEncoder()
        encoder.resolveQuerySet(queries, 0, taken.length * 2, resolved.resource, 0)
        encoder.copyBufferToBuffer(resolved.resource, 0, readable.resource, 0, bytes)
        device.queue.submit([encoder.finish()])
        await readable.resource.mapAsync(mapRead)
        const stamps = new BigUint64Array(readable.resource.getMappedRange().slice(0, bytes))
        readable.resource.unmap()
        return milliseconds(taken, stamps)
      } finally {
        resolved.release()
        readable.release()
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  }
}

function milliseconds(names: readonly string[], stamps: BigUint64Array): Record<string, number> {
  const times: Record<string, number> = {}
  names.forEach((name, i) => {
    const [begin, end] = [stamps[i * 2]!, stamps[i * 2 + 1]!]
    // Clocks may be reset between passes: such a time is none.
    const took = end > begin ? Number(end - begin) / 1e6 : 0
    times[name] = (times[name] ?? 0) + took
  })
  return times
}
