// What the page fetches by name and no bundler sees: models, TensorFlow.js's .wasm, the sample photo and what toon makes of it.
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { load } from '@i2i/core'
import { readImage, writeImage } from '@i2i/core/node'

const here = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const target = join(here, 'public')

const photo = join(root, 'examples/node-photo/astronaut.png')
const toon = join(root, 'models/toon')
const slim = join(here, 'node_modules/@upscalerjs/esrgan-slim/models/x2')
const tfjsWasm = join(here, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')

const copies = [
  [join(toon, 'toon.i2i.json'), 'models/toon/toon.i2i.json'],
  [join(toon, 'toon.onnx'), 'models/toon/toon.onnx'],
  [join(root, 'models/esrgan-slim/esrgan-slim-x2.i2i.json'), 'models/esrgan-slim/esrgan-slim-x2.i2i.json'],
  [join(slim, 'model.json'), 'models/esrgan-slim/model.json'],
  [join(slim, 'group1-shard1of1.bin'), 'models/esrgan-slim/group1-shard1of1.bin'],
  ...['', '-simd', '-threaded-simd'].map((build) => {
    const name = `tfjs-backend-wasm${build}.wasm`
    return [join(tfjsWasm, name), `tfjs/${name}`]
  }),
]

/** Fills the folder that Vite serves and copies as it is; returns its path. */
export async function prepareAssets() {
  for (const [from, to] of copies) {
    await mkdir(dirname(join(target, to)), { recursive: true })
    await copyFile(from, join(target, to))
  }
  await prepareSample()
  return target
}

// The page shows both at once, and its own result as soon as it has one.
async function prepareSample() {
  const [before, after] = [join(target, 'sample/photo.jpg'), join(target, 'sample/toon.jpg')]
  if (await newerThan(after, [photo, join(toon, 'toon.onnx'), fileURLToPath(import.meta.url)])) return
  await mkdir(dirname(before), { recursive: true })
  const picture = await readImage(photo)
  await writeImage(before, picture, { quality: 90 })
  const sample = await readImage(await readFile(before))
  const translator = await load(join(toon, 'toon.i2i.json'), { backend: ort(), device: 'cpu' })
  try {
    const { image } = await translator.translate(sample)
    await writeImage(after, image, { quality: 85 })
  } finally {
    await translator.dispose()
  }
}

async function newerThan(file, sources) {
  const made = (await stat(file).catch(() => undefined))?.mtimeMs ?? 0
  const times = await Promise.all(sources.map(async (source) => (await stat(source)).mtimeMs))
  return times.every((time) => time < made)
}
