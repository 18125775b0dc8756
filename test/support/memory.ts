import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes in use right after a collection, which may still count buffers that are dead but not swept: many samples, take the least. */
export function usedMemory(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers, external } = process.memoryUsage()
  return heapUsed + arrayBuffers + external
}

/** Bytes in use once finalizers have run and dead buffers are swept, which takes some turns. */
export async function settledMemory(): Promise<number> {
  let least = usedMemory()
  for (let i = 0; i < 5; i++) {
    await setTimeout(20)
    least = Math.min(least, usedMemory())
  }
  return least
}
