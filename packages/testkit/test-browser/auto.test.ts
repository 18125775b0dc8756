import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { type Backend, type Device, load, type ModelManifest } from '@i2i/core'
import { describe, expect, it } from 'vitest'
import { requestDevice } from '../src/backend/gpu.js'

const wasmPaths = '/packages/backend-tfjs/node_modules/@tensorflow/tfjs-backend-wasm/dist/'
const backends: readonly [name: string, open: (more?: object) => Backend][] = [
  ['onnxruntime-web', (more) => ort({ ...more })],
  ['TensorFlow.js', (more) => tfjs({ wasmPaths, ...more })],
]
const rgb = { layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
const file = { path: 'none.onnx', sha256: '0'.repeat(64), bytes: 1 }
const manifest: ModelManifest = {
  schemaVersion: 1,
  id: 'any-rgb',
  version: '1.0.0',
  input: { ...rgb, tensor: 'x', size: { multipleOf: 4 } },
  outputs: [{ ...rgb, role: 'image', tensor: 'y', name: 'image' }],
  variants: [{ id: 'fp32', format: 'onnx', precision: 'fp32', devices: ['webgpu', 'wasm'], files: [file] }],
}

async function choice(backend: Backend): Promise<[Device, ...reasons: string[]]> {
  await using translator = await load(manifest, { backend, identity: true })
  const fallbacks = translator.decisions.filter(({ what }) => what === 'fallback')
  return [translator.device, ...fallbacks.map(({ reason }) => reason)]
}

// The browser that tests run in has a GPU that is imitated in software.
describe.each(backends)('auto with %s', (_, open) => {
  it('prefers WASM to a GPU in software, and says so', async () => {
    expect(await choice(open())).toEqual(['wasm', expect.stringMatching(/webgpu: its GPU is imitated in software/)])
  })

  it('takes the GPUDevice that the caller brings', async () => {
    expect(await choice(open({ gpuDevice: await requestDevice() }))).toEqual(['webgpu'])
  })
})
