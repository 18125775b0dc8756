import type { TensorInfo } from '@i2i/core'
import type { GraphModel } from '@tensorflow/tfjs-converter'
import type { io, NamedTensorMap } from '@tensorflow/tfjs-core'
import type { Network } from './network.js'
import { load, type Runtime } from './runtime.js'

/** The node that stands for each input or output. */
type Nodes = ReadonlyMap<string, string>

/** What a graph model takes and gives, under names that may differ from its nodes'. */
export interface GraphEnds {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly nodes: Nodes
}

/** Loads a graph model; `ends` says what it takes and gives where the artifacts cannot. */
export async function graphNetwork(
  runtime: Runtime,
  artifacts: io.ModelArtifacts,
  ends: (model: GraphModel<io.IOHandlerSync>) => GraphEnds,
  signal: AbortSignal | undefined,
): Promise<Network> {
  const { loadGraphModelSync } = await load('@tensorflow/tfjs-converter', () => import('@tensorflow/tfjs-converter'))
  return await runtime.exclusive(() => {
    const model = loadGraphModelSync(artifacts)
    const { inputs, outputs, nodes } = ends(model)
    const node = (name: string) => nodes.get(name) ?? name
    return {
      inputs,
      outputs,
      execute(feeds, fetch) {
        const fed: NamedTensorMap = Object.fromEntries([...feeds].map(([name, tensor]) => [node(name), tensor]))
        // Of an output named twice it computes one.
        const names = [...new Set(fetch.map(node))]
        const results = [model.execute(fed, names)].flat()
        return fetch.map((name) => results[names.indexOf(node(name))]!)
      },
      dispose: () => model.dispose(),
    } satisfies Network
  }, signal)
}

/** What a graph model of TensorFlow's own says that it takes and gives. */
export function ownEnds(model: GraphModel<io.IOHandlerSync>): GraphEnds {
  const describe = ({ name, dtype, shape }: (typeof model.inputs)[number]): TensorInfo => ({
    name,
    dtype,
    dims: (shape ?? []).map((size) => (size >= 0 ? size : '?')),
  })
  return { inputs: model.inputs.map(describe), outputs: model.outputs.map(describe), nodes: new Map() }
}
