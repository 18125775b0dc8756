import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Resident memory, so that what lies outside the JavaScript heap counts too. */
export async function liveBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    // Finalisers of native memory run as tasks of their own.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return process.memoryUsage.rss()
}
