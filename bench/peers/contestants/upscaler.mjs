// UpscalerJS with its ESRGAN-slim, on TensorFlow.js WebAssembly, tensor to tensor: base64, its default result, needs a canvas.
import '@tensorflow/tfjs-backend-wasm'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { layersHandler } from './layers-handler.mjs'
import { modelTime } from './model-time.mjs'

// Its ES modules name folders, which Node refuses, and its Node entry wants the native @tensorflow/tfjs-node: the build for script tags
// works. The model's ES modules fail alike; its CommonJS build works.
const require = createRequire(import.meta.url)
const Upscaler = require(
  fileURLToPath(new URL('../../node_modules/upscaler/dist/browser/umd/upscaler.min.js', import.meta.url)),
)
const x2 = require('@upscalerjs/esrgan-slim/2x')

/** `tile`: its patch mode. */
export async function open({ picture, tile }) {
  await tf.setBackend('wasm')
  const upscaler = new Upscaler({ model: { ...x2, path: layersHandler() } })
  const { model } = await upscaler.getModel()
  const time = modelTime()
  const { predict } = model
  model.predict = (...args) => time.runSync(() => predict.apply(model, args))
  const { width, height, data } = picture
  const rgb = new Uint8Array(3 * width * height)
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[4 * Math.floor(i / 3) + (i % 3)]
  const options = { output: 'tensor', ...(tile && { patchSize: tile.patch, padding: tile.padding }) }
  return {
    async call() {
      const input = tf.tensor3d(rgb, [height, width, 3], 'int32')
      const output = await upscaler.upscale(input, options)
      const pixels = Uint8ClampedArray.from(await output.data())
      tf.dispose([input, output])
      return { rgb: pixels, model: time.take() }
    },
  }
}
