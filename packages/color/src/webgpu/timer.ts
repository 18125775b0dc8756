import { I2iError } from '../error.js'
import { type Reading, readRecorded } from './readback.js'
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
export function gpuTimer(reading: Reading): PassTimer {
  const { device } = reading
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
      const resolved = reading.pool.buffer('query', bytes)
      try {
        const stamps = await readRecorded(reading, bytes, (encoder, staging) => {
          encoder.resolveQuerySet(queries, 0, taken.length * 2, resolved.resource, 0)
          encoder.copyBufferToBuffer(resolved.resource, 0, staging, 0, bytes)
        })
        return milliseconds(taken, new BigUint64Array(stamps))
      } finally {
        resolved.release()
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
