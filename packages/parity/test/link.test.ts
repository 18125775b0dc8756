import { ort } from '@i2i/backend-ort'
import { ort as ortWeb } from '@i2i/backend-ort/web'
import { type ColorEngine, type ModelManifest, openColorEngine, type TensorFormat } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { checkLink } from '../src/link/check-link.js'
import { linkReport } from '../src/report/link-report.js'

type Binding = Omit<ModelManifest['input'], 'size' | 'tensor'>

function manifestOf(
  size: ModelManifest['input']['size'],
  binding: Binding = {
    layout: 'NCHW',
    dtype: 'float32',
    channels: 'RGB',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
): ModelManifest {
  const file = { path: 'never-read.onnx', sha256: '0'.repeat(64), bytes: 1 }
  return {
    schemaVersion: 1,
    id: 'link',
    version: '1.0.0',
    input: { tensor: 'x', ...binding, size },
    outputs: [{ role: 'image', tensor: 'y', ...binding }],
    variants: [{ id: 'only', format: 'onnx', precision: 'fp32', devices: ['cpu', 'wasm'], files: [file] }],
  }
}

/** An engine whose tensors have red and blue exchanged, on the way in, on the way out, or both. */
async function swapping(ways: { readonly pack?: true; readonly unpack?: true }): Promise<ColorEngine> {
  const engine = await openColorEngine()
  const swapped = (format: TensorFormat): TensorFormat => ({
    ...format,
    channels: format.channels === 'RGB' ? 'BGR' : 'RGB',
  })
  return {
    name: engine.name,
    allocate: (...args) => engine.allocate(...args),
    convert: (...args) => engine.convert(...args),
    pack: (image, format, ...rest) => engine.pack(image, ways.pack ? swapped(format) : format, ...rest),
    unpack: (data, format, ...rest) => engine.unpack(data, ways.unpack ? swapped(format) : format, ...rest),
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  }
}

const plain: Binding = { layout: 'NCHW', dtype: 'float32', channels: 'RGB' }

describe('checkLink on a sound link', { timeout: 180_000 }, () => {
  test('onnxruntime-node: any size, normalised', async () => {
    const result = await checkLink({ manifest: manifestOf({ multipleOf: 8 }), backend: ort(), device: 'cpu' })
    expect(result.faults).toEqual([])
    expect(result.faithful).toBe(true)
    expect(result.halves.before.faithful && result.halves.after.faithful).toBe(true)
    expect(Object.keys(result.nonComputeMs)).toEqual(['decode', 'pack', 'unpack', 'total'])
    for (const { p50, p95 } of Object.values(result.nonComputeMs)) expect(p95).toBeGreaterThanOrEqual(p50)
  })

  test('its report says what was checked and where, and shows the probe', async () => {
    const checked = await checkLink({ manifest: manifestOf({ multipleOf: 8 }), backend: ort(), device: 'cpu' })
    const { engine, host } = checked.place
    expect(checked.place).toMatchObject({ model: 'link', version: '1.0.0', backend: 'onnxruntime-node', device: 'cpu' })
    expect([engine, host]).toEqual([expect.stringMatching(/^wasm-/), expect.stringContaining(process.version)])
    const report = await linkReport(checked)
    for (const text of ['link 1.0.0', 'onnxruntime-node on cpu', engine, host]) expect(report).toContain(text)
    expect(report.match(/<img /g)).toHaveLength(2)
    expect((await linkReport(checked, {})).match(/<img /g)).toBeNull()
  })

  test('onnxruntime-node: a fixed size is a stated resize', async () => {
    const result = await checkLink({ manifest: manifestOf({ width: 128, height: 128 }), backend: ort(), device: 'cpu' })
    expect(result.faults).toEqual([])
  })

  test.each([
    [96, 64, 'nearest', 'stretch'],
    [150, 211, 'bilinear', 'contain'],
    [257, 190, 'bicubic', 'cover'],
    [120, 88, 'area', 'contain'],
    [320, 200, 'bilinear', 'stretch'],
    [64, 64, 'bicubic', 'contain'],
    [203, 100, 'area', 'cover'],
    [400, 300, 'nearest', 'contain'],
  ] as const)('onnxruntime-node: a stated resize to %i x %i, %s, %s', async (width, height, kernel, fit) => {
    const manifest = { ...manifestOf({ width, height }), resize: { kernel, fit } }
    const { faults, halves } = await checkLink({ manifest, backend: ort(), device: 'cpu' })
    expect(faults).toEqual([])
    expect(halves).toMatchObject({ before: { faithful: true, faults: [] }, after: { faithful: true, faults: [] } })
  })

  test('onnxruntime-node: interleaved bytes', async () => {
    const bytes: Binding = { layout: 'NHWC', dtype: 'uint8', channels: 'BGR' }
    const result = await checkLink({ manifest: manifestOf({ multipleOf: 4 }, bytes), backend: ort(), device: 'cpu' })
    expect(result.faults).toEqual([])
  })

  test('onnxruntime-web', async () => {
    const result = await checkLink({ manifest: manifestOf({ multipleOf: 8 }), backend: ortWeb(), device: 'wasm' })
    expect(result.faults).toEqual([])
  })
})

describe('checkLink on a broken link', { timeout: 180_000 }, () => {
  test('names the packer', async () => {
    using color = await swapping({ pack: true })
    const result = await checkLink({
      manifest: manifestOf({ multipleOf: 8 }, plain),
      backend: ort(),
      device: 'cpu',
      color,
    })
    expect(result.halves.before.faults.map(({ code }) => code)).toEqual(['CHANNELS_SWAPPED'])
    expect(result.halves.after.faithful).toBe(true)
    expect(result.faithful).toBe(false)
  })

  test('names the unpacker', async () => {
    using color = await swapping({ unpack: true })
    const result = await checkLink({
      manifest: manifestOf({ multipleOf: 8 }, plain),
      backend: ort(),
      device: 'cpu',
      color,
    })
    expect(result.halves.before.faithful).toBe(true)
    expect(result.halves.after.faults.map(({ code }) => code)).toContain('CHANNELS_SWAPPED')
    expect(result.faithful).toBe(false)
  })

  test('names both where they cancel', async () => {
    using color = await swapping({ pack: true, unpack: true })
    const result = await checkLink({
      manifest: manifestOf({ multipleOf: 8 }, plain),
      backend: ort(),
      device: 'cpu',
      color,
    })
    expect(result.halves.before.faults.map(({ code }) => code)).toEqual(['CHANNELS_SWAPPED'])
    expect(result.halves.after.faults.map(({ code }) => code)).toContain('CHANNELS_SWAPPED')
    expect(result.faithful).toBe(false)
  })

  const bytes: Binding = { layout: 'NHWC', dtype: 'uint8', channels: 'BGR' }
  test.each([
    ['before', { pack: true }],
    ['after', { unpack: true }],
  ] as const)('of bytes: names the half %s the model', async (half, ways) => {
    using color = await swapping(ways)
    const result = await checkLink({
      manifest: manifestOf({ multipleOf: 4 }, bytes),
      backend: ort(),
      device: 'cpu',
      color,
    })
    const other = half === 'before' ? 'after' : 'before'
    expect(result.halves[half].faults.map(({ code }) => code)).toContain('CHANNELS_SWAPPED')
    expect(result.halves[other].faults).toEqual([])
    expect(result.faithful).toBe(false)
  })
})
