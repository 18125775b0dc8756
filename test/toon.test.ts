import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { load, memoryDump, type RawImage, type TensorData } from '@i2i/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { astronaut, meanDifference, part, pixelsOf, root, toonManifest } from './support/pictures.js'

const photo = await astronaut()
const modelPath = fileURLToPath(new URL('models/toon/toon.onnx', root))

/** The model's picture of an RGBA photo by plain loops and plain onnxruntime: nothing of i2i but the weights. */
async function byHand({ width, height, planes }: RawImage): Promise<Uint8Array> {
  const rgba = planes[0]?.data ?? new Uint8Array()
  const input = new Float32Array(3 * width * height)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) input[c * width * height + pixel] = ((rgba[4 * pixel + c] ?? 0) / 255 - 0.5) / 0.5
  }
  const session = await InferenceSession.create(modelPath)
  const { image } = await session.run({ input: new Tensor('float32', input, [1, 3, height, width]) })
  await session.release()
  const result = new Uint8Array(4 * width * height).fill(255)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) {
      const value = Number(image?.data[c * width * height + pixel]) * 0.5 + 0.5
      result[4 * pixel + c] = Math.max(0, Math.min(255, Math.floor(value * 255 + 0.5)))
    }
  }
  return result
}

it('gives what plain onnxruntime gives, channel by channel', async () => {
  await using toon = await load(toonManifest, { backend: ort() })
  const { image } = await toon.translate(photo)
  const expected = await byHand(photo)
  const off = pixelsOf(image).map((value, index) => Math.abs(value - (expected[index] ?? 0)))
  expect(Math.max(...new Set(off))).toBeLessThanOrEqual(1)
  expect(off.filter((difference) => difference > 0).length / off.length).toBeLessThan(1e-3)
})

it('looks like a cartoon of its photo: other colours, flatter areas, dark ink where the mask says so', async () => {
  await using toon = await load(toonManifest, { backend: ort() })
  const { image, outputs } = await toon.translate(photo)
  const mask = outputs['mask'] as RawImage
  expect([mask.format, mask.width, mask.height]).toEqual(['GRAY', 512, 512])

  expect(meanDifference(image, photo)).toBeGreaterThan(5)
  expect(meanDifference(image, photo)).toBeLessThan(80)
  // Flat colour: more neighbours are alike than in the photograph, although ink adds edges.
  expect(flatness(image)).toBeGreaterThan(flatness(photo) * 1.3)
  const ink = pixelsOf(mask)
  const inked = ink.filter((value) => value > 128).length / ink.length
  expect(inked).toBeGreaterThan(0.01)
  expect(inked).toBeLessThan(0.5)
  expect(brightness(image, ink, true)).toBeLessThan(brightness(image, ink, false) - 25)
})

it('agrees between onnxruntime-node and onnxruntime-web within 1e-3', async () => {
  const source = part(photo, 100, 0, 304, 272)
  const [native, wasm] = [await modelOutputs(ort(), source), await modelOutputs(wasmOrt(), source)]
  for (const name of ['image', 'mask']) {
    const [a, b] = [native.get(name), wasm.get(name)]
    if (!a || !b) throw new Error(`no output ${name}`)
    expect(a.length).toBe(b.length)
    let worst = 0
    for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(Number(a[i]) - Number(b[i])))
    console.log(`toon ${name}: onnxruntime-node against onnxruntime-web, max abs ${worst.toExponential(2)}`)
    expect(worst).toBeLessThanOrEqual(1e-3)
  }
})

it('takes a size that is no multiple of its stride, and gives that size back', async () => {
  await using toon = await load(toonManifest, { backend: ort() })
  const whole = await toon.translate(part(photo, 96, 0, 256, 256))
  const odd = await toon.translate(part(photo, 96, 0, 251, 247))
  expect([odd.image.width, odd.image.height]).toEqual([251, 247])
  // Away from the replicated edge the picture is the same one.
  const inner = { x: 0, y: 0, width: 160, height: 160 }
  expect(meanDifference(crop(odd.image, inner.width), crop(whole.image, inner.width))).toBeLessThan(1)
})

function crop(image: RawImage, edge: number): RawImage {
  return part(image, 0, 0, edge, edge)
}

async function modelOutputs(backend: ReturnType<typeof ort>, source: RawImage): Promise<Map<string, TensorData>> {
  const dump = memoryDump()
  await using toon = await load(toonManifest, { backend, dump })
  await toon.translate(source)
  const outputs = new Map<string, TensorData>()
  for (const { stage, name, tensor } of dump.entries) {
    if (stage === 'modelOutput' && tensor?.location === 'cpu') outputs.set(name, tensor.data)
  }
  return outputs
}

/** The share of horizontal neighbours that differ by at most one step in every channel. */
function flatness(image: RawImage): number {
  const data = pixelsOf(image)
  let alike = 0
  for (let i = 0; i + 7 < data.length; i += 4) {
    const same = [0, 1, 2].every((c) => Math.abs((data[i + c] ?? 0) - (data[i + 4 + c] ?? 0)) <= 1)
    if (same) alike++
  }
  return alike / (data.length / 4)
}

function brightness(image: RawImage, ink: Uint8Array, inked: boolean): number {
  const data = pixelsOf(image)
  let sum = 0
  let count = 0
  ink.forEach((value, pixel) => {
    if (value > 128 !== inked) return
    sum += ((data[4 * pixel] ?? 0) + (data[4 * pixel + 1] ?? 0) + (data[4 * pixel + 2] ?? 0)) / 3
    count++
  })
  return sum / count
}
