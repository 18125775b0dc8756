// onnxruntime-node with the loops that a careful engineer writes around it, or alone on a tensor that is ready.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { models } from '../models.mjs'
import { pack, unpack } from './by-hand.mjs'
import { modelTime } from './model-time.mjs'

/** `alone`: the run and nothing else. */
export async function open({ model, picture, scale, alone }) {
  const { onnx, input, output, mean, std } = models[model]()
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const { width, height, data: rgba } = picture
  const pixels = width * height
  const values = new Float32Array(3 * pixels)
  const tensor = new Tensor('float32', values, [1, 3, height, width])
  pack(rgba, values, { plane: pixels, step: 1, mean, std })
  const time = modelTime()
  return {
    async call() {
      if (!alone) pack(rgba, values, { plane: pixels, step: 1, mean, std })
      const results = await time.run(() => session.run({ [input]: tensor }))
      if (alone) return { model: time.take() }
      const result = new Uint8ClampedArray(4 * pixels * scale * scale)
      unpack(results[output].data, result, { plane: pixels * scale * scale, step: 1, mean, std })
      return { rgba: result, model: time.take() }
    },
  }
}
