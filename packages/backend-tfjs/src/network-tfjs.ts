import { I2iError, type ModelBytes } from '@i2i/core'
import type { io } from '@tensorflow/tfjs-core'
import { cannotOpen, entryOf, fileBeside } from './model-files.js'
import type { Network } from './network.js'
import { graphNetwork, ownEnds } from './network-graph.js'
import { layersNetwork } from './network-layers.js'
import type { Runtime } from './runtime.js'

/** Loads a model of TensorFlow.js's own: a model.json, of a graph or of layers, with its weight files beside it. @throws MODEL_UNSUPPORTED */
export async function tfjsNetwork(runtime: Runtime, model: ModelBytes, signal?: AbortSignal): Promise<Network> {
  const bytes = entryOf(model)
  try {
    const json = parse(bytes)
    const artifacts = artifactsOf(runtime, json, model)
    // Converters before 2020 did not say; only layers models have a configuration of layers.
    const layers = json.format === 'layers-model' || (json.format === undefined && 'model_config' in json.modelTopology)
    return layers
      ? await layersNetwork(runtime, artifacts, signal)
      : await graphNetwork(runtime, artifacts, ownEnds, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof I2iError && cause.code === 'BACKEND_UNAVAILABLE') throw cause
    throw cannotOpen(model, cause)
  }
}

function parse(bytes: Uint8Array): io.ModelJSON {
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (typeof json === 'object' && json !== null && 'modelTopology' in json && 'weightsManifest' in json) {
    // TensorFlow.js checks the rest while it loads.
    return json as io.ModelJSON
  }
  throw new Error('it is no model.json: modelTopology and weightsManifest are missing')
}

function artifactsOf({ tf }: Runtime, json: io.ModelJSON, model: ModelBytes): io.ModelArtifacts {
  const shards = json.weightsManifest.flatMap(({ paths }) => paths).map((path) => fileBeside(model, path))
  const weights = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0))
  let offset = 0
  for (const shard of shards) {
    weights.set(shard, offset)
    offset += shard.length
  }
  const specs = json.weightsManifest.flatMap(({ weights }) => weights)
  return tf.io.getModelArtifactsForJSONSync(json, specs, weights.buffer)
}
