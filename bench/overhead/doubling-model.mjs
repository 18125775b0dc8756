// A model that costs nothing: it gives one tensor of twice the size, made once. What is left of translate() is ours.
const dims = [1, 3, 'height', 'width']
const output = {
  dtype: 'float32',
  dims: [1, 3, 512, 512],
  location: 'cpu',
  data: new Float32Array(3 * 512 * 512).fill(0.25),
}

const session = {
  device: 'cpu',
  inputs: [{ name: 'x', dtype: 'float32', dims }],
  outputs: [{ name: 'y', dtype: 'float32', dims }],
  run: async () => ({ y: output }),
  dispose: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

export const doublingBackend = () => ({
  name: 'nothing',
  formats: ['onnx'],
  devices: async () => [{ device: 'cpu', available: true }],
  openSession: async () => session,
  openIdentity: async () => session,
})

const pixels = { layout: 'NCHW', dtype: 'float32', channels: 'RGB', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }

export const doublingManifest = {
  schemaVersion: 1,
  id: 'doubling',
  version: '1.0.0',
  input: { tensor: 'x', ...pixels, size: { multipleOf: 1 } },
  outputs: [{ role: 'image', tensor: 'y', ...pixels, scale: 2 }],
  variants: [
    {
      id: 'fp32',
      format: 'onnx',
      precision: 'fp32',
      devices: ['cpu'],
      // One zero byte.
      files: [{ path: 'none', sha256: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', bytes: 1 }],
    },
  ],
}

export const noFiles = { read: async () => new Uint8Array(1) }
