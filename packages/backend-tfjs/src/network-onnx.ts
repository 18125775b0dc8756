import type { ModelBytes } from '@i2i/core'
import type { Model, TfjsModel } from '@i2i/onnx'
import { cannotOpen, entryOf, fileBeside } from './model-files.js'
import type { Network } from './network.js'
import { graphNetwork } from './network-graph.js'
import type { Runtime } from './runtime.js'

/** Converts and loads an ONNX model. @throws MODEL_UNSUPPORTED */
export async function onnxNetwork(runtime: Runtime, model: ModelBytes, signal?: AbortSignal): Promise<Network> {
  const bytes = entryOf(model)
  // Loaded on demand: an app with native models never pays for the converter.
  const { readModel } = await import('@i2i/onnx')
  try {
    const read = readModel(bytes)
    attachExternalData(read, model)
    return await modelNetwork(runtime, read, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    throw cannotOpen(model, cause)
  }
}

/** Converts and loads an ONNX graph. @throws MODEL_UNSUPPORTED */
export async function modelNetwork(runtime: Runtime, model: Model, signal?: AbortSignal): Promise<Network> {
  const { inspectModel, toTfjs } = await import('@i2i/onnx')
  const { inputs, outputs } = inspectModel(model)
  const { signature, ...artifacts }: TfjsModel = toTfjs(model)
  const nodes = Object.entries({ ...signature.inputs, ...signature.outputs }).map(
    ([name, entry]) => [name, entry.name] as const,
  )
  return await graphNetwork(
    runtime,
    { ...artifacts, weightSpecs: [...artifacts.weightSpecs] },
    () => ({ inputs, outputs, nodes: new Map(nodes) }),
    signal,
  )
}

/** Puts weights that lie in other files where the graph wants them. @throws MODEL_UNSUPPORTED */
function attachExternalData({ graph }: Model, model: ModelBytes): void {
  for (const tensor of graph.initializers) {
    if (tensor.dataLocation !== 1) continue
    const where = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
    const file = fileBeside(model, where.get('location') ?? '')
    const offset = Number(where.get('offset') ?? 0)
    const length = where.get('length')
    tensor.rawData = file.subarray(offset, length === undefined ? undefined : offset + Number(length))
    tensor.dataLocation = 0
  }
}
