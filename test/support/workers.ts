import { Worker } from 'node:worker_threads'
import type { ModelManifest } from '@i2i/core'

const folder = new URL('../fixtures/workers/', import.meta.url)

/** A worker with onnxruntime-node. */
export function toonWorker(): Worker {
  return new Worker(new URL('toon.worker.js', folder))
}

/** A worker whose identity model does in run `at` what `cue` says. */
export function cuedWorker(cue: 'exit' | 'throw' | 'hang', at: number): Worker {
  return new Worker(new URL('cued.worker.js', folder), { workerData: { cue, at } })
}

/** A manifest of an RGB model of any size, for `identity: true`. */
export const anyRgb: ModelManifest = {
  schemaVersion: 1,
  id: 'any-rgb',
  version: '1.0.0',
  input: { tensor: 'x', layout: 'NCHW', dtype: 'float32', channels: 'RGB', size: { multipleOf: 4 } },
  outputs: [{ role: 'image', tensor: 'y', layout: 'NCHW', dtype: 'float32', channels: 'RGB' }],
  variants: [
    {
      id: 'fp32',
      format: 'onnx',
      precision: 'fp32',
      devices: ['cpu', 'wasm'],
      files: [{ path: 'none.onnx', sha256: '0'.repeat(64), bytes: 1 }],
    },
  ],
}
