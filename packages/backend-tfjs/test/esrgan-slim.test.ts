import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { load, type ModelFiles, rawImage } from '@i2i/core'
import { readImage } from '@i2i/core/node'
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { expect, test } from 'vitest'
import { tfjs } from '../src/index.js'

const [width, height] = [40, 24]
// The package exports no file but its scripts, which lie in dist/.
const require = createRequire(import.meta.url)
const script = require.resolve('@upscalerjs/esrgan-slim/2x')
const folder = join(script.slice(0, script.lastIndexOf('/dist/')), 'models/x2')
const files: ModelFiles = { read: async (path) => new Uint8Array(readFileSync(join(folder, path))) }
const manifest = new URL('../../../models/esrgan-slim/esrgan-slim-x2.i2i.json', import.meta.url)

/** Interleaved RGB of a part of the photograph. */
async function photo(): Promise<Uint8Array> {
  const source = await readImage(new URL('../../../examples/node-photo/astronaut.png', import.meta.url).pathname)
  const { data, stride } = source.planes[0]!
  const channels = source.format === 'RGBA' ? 4 : 3
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3]
    return data[(y + 90) * stride + (x + 200) * channels + c]!
  })
}

/** The same with nothing of i2i: TensorFlow.js alone, pixels in, rounded pixels out. */
async function byHand(rgb: Uint8Array): Promise<Uint8Array> {
  await tf.setBackend('wasm')
  const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))
  const weights = new Uint8Array(readFileSync(join(folder, 'group1-shard1of1.bin')))
  const artifacts = tf.io.getModelArtifactsForJSONSync(json, json.weightsManifest[0].weights, weights.buffer)
  const model = await layers.loadLayersModel(tf.io.fromMemory(artifacts))
  const result = model.predict(tf.tensor(Float32Array.from(rgb), [1, height, width, 3])) as tf.Tensor
  expect(result.shape).toEqual([1, 2 * height, 2 * width, 3])
  return Uint8Array.from(await result.data(), (value) => Math.max(0, Math.min(255, Math.floor(value + 0.5))))
}

test('somebody else’s layers model, described by a manifest, gives what TensorFlow.js gives', async () => {
  const rgb = await photo()
  const backend = tfjs()
  await backend.devices()
  const expected = await byHand(rgb)
  await using slim = await load(manifest, { backend, device: 'wasm', files })
  const { image } = await slim.translate(rawImage({ format: 'RGB', width, height, data: rgb }))
  expect([image.format, image.width, image.height]).toEqual(['RGB', 2 * width, 2 * height])
  const off = Array.from(image.planes[0]!.data, (value, i) => Math.abs(value - expected[i]!))
  console.log(
    `esrgan-slim x2 on tfjs wasm: ${off.filter((d) => d > 0).length} of ${off.length} bytes differ, by ${Math.max(...off)} at most`,
  )
  expect(off).toHaveLength(expected.length)
  expect(Math.max(...off)).toBeLessThanOrEqual(1)
  expect(off.filter((difference) => difference > 0).length / off.length).toBeLessThan(1e-3)
})
