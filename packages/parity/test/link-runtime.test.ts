import { ort } from '@i2i/backend-ort'
import type { Backend, ModelManifest, Session, Tensor } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { checkLink } from '../src/link/check-link.js'

// A runtime's own faults: the packer and the unpacker are sound, what lies between them is not.

const binding = {
  layout: 'NCHW',
  dtype: 'float32',
  channels: 'RGB',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} as const

function manifestOf(outputs: ModelManifest['outputs'] = [{ role: 'image', tensor: 'y', ...binding }]): ModelManifest {
  const file = { path: 'never-read.onnx', sha256: '0'.repeat(64), bytes: 1 }
  return {
    schemaVersion: 1,
    id: 'link',
    version: '1.0.0',
    input: { tensor: 'x', ...binding, size: { multipleOf: 1 } },
    outputs,
    variants: [{ id: 'only', format: 'onnx', precision: 'fp32', devices: ['cpu'], files: [file] }],
  }
}

type Change = (data: Float32Array, dims: readonly number[]) => void
type Changes = { readonly feeds?: Change; readonly results?: Change }

/** onnxruntime-node whose sessions change what they are fed or what they give. */
function faulty(changes: Changes, where: 'every session' | 'identity alone' = 'every session'): Backend {
  const backend = ort()
  const changed = (tensors: Readonly<Record<string, Tensor>>, change: Change | undefined): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        if (!change || tensor.location !== 'cpu' || !(tensor.data instanceof Float32Array)) return [name, tensor]
        const data = tensor.data.slice()
        change(data, tensor.dims)
        return [name, { ...tensor, data }]
      }),
    )
  const wrap = (session: Session): Session => ({
    device: session.device,
    inputs: session.inputs,
    outputs: session.outputs,
    run: async (feeds, options) => changed(await session.run(changed(feeds, changes.feeds), options), changes.results),
    dispose: () => session.dispose(),
    [Symbol.asyncDispose]: () => session.dispose(),
  })
  return {
    name: backend.name,
    formats: backend.formats,
    devices: () => backend.devices(),
    openSession: async (...args) => {
      const session = await backend.openSession(...args)
      return where === 'every session' ? wrap(session) : session
    },
    openIdentity: async (...args) => wrap(await backend.openIdentity(...args)),
  }
}

const swap: Change = (data) => {
  const area = data.length / 3
  const red = data.slice(0, area)
  data.copyWithin(0, 2 * area)
  data.set(red, 2 * area)
}
const mirror: Change = (data, dims) => {
  const width = dims[3] ?? 1
  for (let row = 0; row < data.length; row += width) data.subarray(row, row + width).reverse()
}
const dim: Change = (data) => {
  for (let i = 0; i < data.length; i++) data[i] = 0.8 * data[i]! - 0.1
}

describe('checkLink on a runtime that is at fault', { timeout: 180_000 }, () => {
  test.each([
    ['feeds', 'before', 'CHANNELS_SWAPPED', swap],
    ['results', 'after', 'CHANNELS_SWAPPED', swap],
    ['feeds', 'before', 'MIRRORED_X', mirror],
    ['results', 'after', 'MIRRORED_X', mirror],
    ['results', 'after', 'NORMALIZATION', dim],
  ] as const)('%s changed: the half %s the model has %s', async (what, half, code, change) => {
    const result = await checkLink({ manifest: manifestOf(), backend: faulty({ [what]: change }), device: 'cpu' })
    expect(result.faults.map((fault) => fault.code)).toEqual([code])
    expect(result.halves[half].faults.map((fault) => fault.code)).toEqual([code])
    expect(result.halves[half === 'before' ? 'after' : 'before'].faults).toEqual([])
    expect(result.faithful).toBe(false)
  })

  test('an identity model that alone is wrong is no faithful link', async () => {
    const backend = faulty({ results: swap }, 'identity alone')
    const { faithful, faults } = await checkLink({ manifest: manifestOf(), backend, device: 'cpu' })
    expect(faults.map(({ code }) => code)).toEqual(['CHANNELS_SWAPPED'])
    expect(faithful).toBe(false)
  })

  test('what no fault explains is said to be the model', async () => {
    const noise: Change = (data) => {
      for (let i = 0; i < data.length; i++) data[i] = ((i * 2654435761) % 4294967296) / 2147483648 - 1
    }
    const { faithful, faults } = await checkLink({ manifest: manifestOf(), backend: faulty({ results: noise }) })
    expect(faithful).toBe(false)
    expect(faults.map(({ code }) => code)).toEqual(['UNEXPLAINED'])
  })
})

test.each([
  { role: 'image', tensor: 'y', layout: 'NHWC', dtype: 'uint8', channels: 'BGR', scale: 2 },
  { role: 'image', tensor: 'y', layout: 'NCHW', dtype: 'float32', channels: 'RGBA' },
  { role: 'image', tensor: 'y', layout: 'NCHW', dtype: 'float32', channels: 'GRAY' },
  { role: 'image', tensor: 'y', layout: 'NHWC', dtype: 'float16', channels: 'RGB', std: [1 / 255, 1 / 255, 1 / 255] },
] as const)('a sound link of other tensors out than in is faithful: %j', { timeout: 180_000 }, async (output) => {
  const { faults, halves } = await checkLink({ manifest: manifestOf([output]), backend: ort(), device: 'cpu' })
  expect(faults).toEqual([])
  expect(halves).toMatchObject({ before: { faults: [] }, after: { faults: [] } })
})
