import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { load, type ModelManifest, memoryDump, openColorEngine, openManifest, type RawImage } from '@i2i/core'
import { describe, expect, it } from 'vitest'
import {
  astronaut,
  inGamut,
  maxDifference,
  part,
  pixelsOf,
  toonManifest,
  withVariedAlpha,
  yuvFormats,
  yuvSpaces,
} from './support/pictures.js'

const { manifest: toon } = await openManifest(toonManifest)
const photo = withVariedAlpha(await astronaut())

/** The toon manifest with another tensor type or layout; the identity model follows it. */
function variation(change: Partial<ModelManifest['input']>): ModelManifest {
  const outputs = toon.outputs.map((output) =>
    output.role === 'image'
      ? { ...output, ...change, tensor: output.tensor }
      : { ...output, layout: change.layout ?? 'NCHW' },
  )
  return { ...toon, input: { ...toon.input, ...change }, outputs } as ModelManifest
}

const tensors: readonly Partial<ModelManifest['input']>[] = [
  { dtype: 'float32', layout: 'NCHW' },
  { dtype: 'float32', layout: 'NHWC', channels: 'BGR' },
  { dtype: 'float16', layout: 'NCHW' },
  { dtype: 'float16', layout: 'NHWC', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
]

describe.each([
  ['onnxruntime-node', ort],
  ['onnxruntime-web', wasmOrt],
])('an identity model on %s', (_, backend) => {
  it.each(tensors)('gives an RGBA photo back bit-exact through $dtype $layout', async (change) => {
    await using link = await load(variation(change), { backend: backend(), identity: true })
    const source = part(photo, 101, 60, 203, 131)
    const { image } = await link.translate(source)
    expect(image.format).toBe('RGBA')
    expect(maxDifference(image, source)).toBe(0)
  })
})

it('gives the whole photo back bit-exact', async () => {
  await using link = await load(toonManifest, { backend: ort(), identity: true })
  const { image, transform } = await link.translate(photo)
  expect(maxDifference(image, photo)).toBe(0)
  expect(transform).toEqual([1, 0, 0, 0, 1, 0])
})

describe('YUV in and out', async () => {
  using color = await openColorEngine({ engine: 'reference' })
  const rgb = part(photo, 180, 40, 117, 99)
  const cases = yuvFormats.flatMap((format) => yuvSpaces.map((space) => ({ format, ...space })))
  const encoded = cases.map(({ format, matrix, fullRange }) => {
    return {
      format,
      matrix,
      fullRange,
      frame: inGamut(color.convert(rgb, { format, colorSpace: { matrix, fullRange } })),
    }
  })

  it.each(encoded)('$format $matrix full=$fullRange comes back within 1', async ({ frame, matrix, fullRange }) => {
    const dump = memoryDump()
    await using link = await load(toon, { backend: ort(), identity: true, dump })
    const { image } = await link.translate(frame)
    expect(image.colorSpace).toMatchObject({ matrix, fullRange })
    expect(maxDifference(image, frame)).toBeLessThanOrEqual(1)

    // Two wrongs could cancel above; the model's input is held against the reference on its own.
    const tap = dump.entries.find(({ stage }) => stage === 'modelInput')?.tensor
    if (tap?.location !== 'cpu') throw new Error('no model input was dumped')
    using reference = await openColorEngine({ engine: 'reference' })
    const { mean = [], std = [] } = toon.input
    using packed = reference.pack(
      frame,
      { width: 128, height: 112, layout: 'NCHW', dtype: 'float32', channels: 'RGB', mean, std },
      { affine: [1, 0, 0, 0, 1, 0] },
    )
    expect(tap.dims).toEqual([1, 3, 112, 128])
    const worst = Array.from(packed.data).reduce(
      (max, value, i) => Math.max(max, Math.abs(value - Number(tap.data[i]))),
      0,
    )
    expect(worst).toBeLessThanOrEqual(1e-4 / 127.5)
  })
})

it('knows full range from limited, and one matrix from another', async () => {
  using color = await openColorEngine({ engine: 'reference' })
  const rgb = part(photo, 100, 380, 64, 64)
  const frame = color.convert(rgb, { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: false } })
  await using link = await load(toon, { backend: ort(), identity: true })
  const right = await link.translate(frame, { format: 'RGB' })
  for (const colorSpace of [
    { matrix: 'bt709', fullRange: true },
    { matrix: 'smpte170m', fullRange: false },
  ] as const) {
    const { image } = await link.translate({ ...frame, colorSpace }, { format: 'RGB' })
    expect(maxDifference(image, right.image)).toBeGreaterThan(8)
  }
})

it('undoes every fit that a fixed-size manifest can declare, where pixels map one to one', async () => {
  const source = part(photo, 180, 40, 96, 64)
  for (const fit of ['contain', 'cover'] as const) {
    const size = fit === 'contain' ? { width: 96, height: 96 } : { width: 64, height: 64 }
    const fixed: ModelManifest = { ...toon, input: { ...toon.input, size }, resize: { fit, pad: [9, 99, 199] } }
    await using link = await load(fixed, { backend: ort(), identity: true })
    const { image, outputs } = await link.translate(source)
    // contain: the bars are outside the picture; cover: what the model does not see keeps the source's pixels.
    expect(maxDifference(image, source)).toBe(0)
    const mask = pixelsOf(outputs['mask'] as RawImage)
    const covered = fit === 'contain' ? 96 * 64 : 64 * 64
    expect(mask.filter((value) => value === 255).length).toBe(covered)
    expect(mask.filter((value) => value === 0).length).toBe(96 * 64 - covered)
  }
})

it('translates a crop alone, and undoes an enlargement', async () => {
  const outputs = toon.outputs.map((output) => ({ ...output, scale: 2 }))
  await using link = await load({ ...toon, outputs } as ModelManifest, { backend: ort(), identity: true })
  const crop = { x: 201, y: 83, width: 75, height: 49 }
  const { image, transform } = await link.translate(photo, { crop })
  expect([image.width, image.height]).toEqual([150, 98])
  expect(transform).toEqual([1, 0, 201, 0, 1, 83])
  const expected = part(photo, crop.x, crop.y, crop.width, crop.height)
  const [large, small] = [pixelsOf(image), pixelsOf(expected)]
  for (let y = 0; y < 98; y++) {
    for (let x = 0; x < 150; x++) {
      const from = ((y >> 1) * 75 + (x >> 1)) * 4
      const at = (y * 150 + x) * 4
      expect([...large.subarray(at, at + 3)]).toEqual([...small.subarray(from, from + 3)])
    }
  }
})
