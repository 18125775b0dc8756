import type { TensorInfo } from '@i2i/core'
import type { io } from '@tensorflow/tfjs-core'
import type { Network } from './network.js'
import { load, type Runtime } from './runtime.js'

/** Loads a layers model (Keras); classes of its own layers must be registered with tf.serialization before. */
export async function layersNetwork(
  runtime: Runtime,
  artifacts: io.ModelArtifacts,
  signal: AbortSignal | undefined,
): Promise<Network> {
  const { loadLayersModel } = await load('@tensorflow/tfjs-layers', () => import('@tensorflow/tfjs-layers'))
  const { tf } = runtime
  const model = await runtime.opening(() => loadLayersModel(tf.io.fromMemory(artifacts)), signal)
  const describe = (names: readonly string[], ends: typeof model.inputs): TensorInfo[] =>
    ends.map(({ dtype, shape }, i) => ({ name: names[i]!, dtype, dims: shape.map((size) => size ?? '?') }))
  const inputs = describe(model.inputNames, model.inputs)
  const outputs = describe(model.outputNames, model.outputs)
  return {
    inputs,
    outputs,
    execute(feeds, fetch) {
      const results = [model.predictOnBatch(inputs.map(({ name }) => feeds.get(name)!))].flat()
      return fetch.map((name) => results[outputs.findIndex((output) => output.name === name)]!)
    },
    dispose: () => void model.dispose(),
  }
}
