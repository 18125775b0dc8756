import { setTimeout } from 'node:timers/promises'

/** Bytes of heap and buffers in use once everything that can be collected is: finalizers and swept buffers take some turns. */
export async function settled() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc()
    await setTimeout(20)
  }
  return used()
}

export function used() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
