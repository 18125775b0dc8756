// What the bench asks of the page: how closely this browser's runtimes agree with Node's, and how fast pictures are doubled.
import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { openColorEngine } from '@i2i/core'
import { canaryFeeds } from '@i2i/core/canary'
import { compareTensors } from '@i2i/parity'
import { doubling } from './doubling.js'
import { wasmPaths } from './wasm-paths.js'

const runtimes = [
  [ort(), 'wasm'],
  [ort(), 'webgpu'],
  [tfjs({ wasmPaths }), 'wasm'],
  [tfjs({ wasmPaths }), 'webgpu'],
]

/** Runs a model on its canary picture everywhere; `expected`: what each output should hold. */
async function parity({ manifest, file, expected }) {
  const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer())
  using color = await openColorEngine({ engine: 'reference' })
  const feeds = canaryFeeds(manifest, color, 1)
  const rows = []
  for (const [backend, device] of runtimes) {
    const files = new Map([['model', bytes]])
    const session = await backend.openSession({ format: 'onnx', entry: 'model', files }, { device })
    const results = await session.run(feeds)
    await session.dispose()
    for (const [output, numbers] of Object.entries(expected)) {
      const reference = { ...results[output], data: Float32Array.from(numbers) }
      const { maxAbs, rmse } = compareTensors(results[output], reference)
      rows.push({ runtime: backend.name, device, output, maxAbs, rmse })
    }
  }
  return rows
}

globalThis.bench = { parity, doubling }
document.title = 'ready'
