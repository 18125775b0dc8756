import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ort } from '@i2i/backend-ort'
import { ort as ortWeb } from '@i2i/backend-ort/web'
import { backendSuite } from '../src/index.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Resident memory, so that what lies outside the JavaScript heap counts too. */
async function liveBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    // Finalisers of native memory run as tasks of their own.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return process.memoryUsage.rss()
}

// One thread: ONNX Runtime's threads spin while they wait, which starves the tests beside these.
backendSuite('onnxruntime-node', () => ort({ threads: 1 }), { device: 'cpu', liveBytes })
backendSuite('onnxruntime-web', () => ortWeb({ threads: 1 }), { device: 'wasm', liveBytes })
