// TensorFlow.js on WebAssembly with loops by hand: a layers model as it is, or our conversion of the ONNX file.
import '@tensorflow/tfjs-backend-wasm'
import { readModel, toTfjs } from '@i2i/onnx'
import * as tf from '@tensorflow/tfjs'
import { models } from '../models.mjs'
import { pack, unpack } from './by-hand.mjs'
import { layersHandler } from './layers-handler.mjs'
import { modelTime } from './model-time.mjs'

export async function open({ model, picture, scale, format }) {
  await tf.setBackend('wasm')
  const { onnx, mean, std } = models[model]()
  const { width, height, data: rgba } = picture
  const layers = format === 'tfjs'
  const network = layers
    ? await tf.loadLayersModel(layersHandler())
    : await tf.loadGraphModel(tf.io.fromMemory(toTfjs(readModel(onnx))))
  const nchw = !layers
  const dims = nchw ? [1, 3, height, width] : [1, height, width, 3]
  const values = new Float32Array(3 * width * height)
  const apart = (pixels) => (nchw ? { plane: pixels, step: 1, mean, std } : { plane: 1, step: 3, mean, std })
  const time = modelTime()
  return {
    async call() {
      pack(rgba, values, apart(width * height))
      const data = await time.run(async () => {
        const input = tf.tensor(values, dims)
        const output = network.predict(input)
        const numbers = await output.data()
        tf.dispose([input, output])
        return numbers
      })
      const result = new Uint8ClampedArray(4 * width * height * scale * scale)
      unpack(data, result, apart(width * height * scale * scale))
      return { rgba: result, model: time.take() }
    },
  }
}
