import { OnnxError } from '../error.js'
import type { Model } from '../model/model.js'
import type { Graph, Node, ValueInfo } from '../model/types.js'
import { type TfjsModel, type TfjsSignatureEntry, tfTypes } from './artifacts.js'
import { TfGraph } from './graph.js'
import { type Conversion, fromTensor, Operation, tfDtype, Unsupported } from './operation.js'
import { emitters } from './operators/index.js'
import { computed, type Dim, reference, type Value } from './value.js'

/** What one node needs that TensorFlow.js, or this converter, does not have. */
export interface UnsupportedNode {
  readonly node: string
  readonly operator: string
  readonly reason: string
}

/**
 * Gives the model as a TensorFlow.js graph model of the same inputs and outputs, in ONNX's own layout at both ends and NHWC between.
 * float16, float64 and the integer types become float32 and int32, for TensorFlow.js has no others; float16 weights stay float16 in
 * `weightData`. The model itself is not changed.
 * @throws MODEL_UNSUPPORTED naming every node that cannot be converted, in `details.nodes` too
 */
export function toTfjs(model: Model): TfjsModel {
  const { graph: source } = model
  const problems: UnsupportedNode[] = []
  const conversion: Conversion = {
    graph: new TfGraph(),
    opset: model.opset,
    values: new Map(),
    uses: countUses(source),
  }
  const note = (node: string, operator: string, convert: () => void) => {
    try {
      convert()
    } catch (error) {
      if (!(error instanceof Unsupported || error instanceof OnnxError)) throw error
      problems.push({ node, operator, reason: error.message })
    }
  }
  for (const tensor of source.initializers) {
    note(tensor.name, 'initializer', () => conversion.values.set(tensor.name, fromTensor(tensor)))
  }
  const inputs = source.inputs.filter(({ name }) => !source.initializers.some((tensor) => tensor.name === name))
  const signature = { inputs: new Map<string, TfjsSignatureEntry>(), outputs: new Map<string, TfjsSignatureEntry>() }
  for (const input of inputs) {
    note(input.name, 'input', () => signature.inputs.set(input.name, addInput(conversion, input)))
  }
  for (const node of source.nodes) {
    const { opType, domain, name, outputs } = node
    const label = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`
    note(name || outputs[0] || opType, label, () => emit(node, label, conversion))
  }
  for (const output of source.outputs) {
    note(output.name, 'output', () => {
      const value = conversion.values.get(output.name)
      if (value) signature.outputs.set(output.name, addOutput(conversion, value))
      else if (problems.length === 0) throw new Unsupported('no node gives it')
    })
  }
  if (problems.length > 0) throw unsupported(problems)
  const ends = [...signature.inputs.values(), ...signature.outputs.values()].map(({ name }) => name.split(':', 1)[0]!)
  const { nodes, weightSpecs, weightData } = conversion.graph.finish(ends)
  return {
    format: 'graph-model',
    generatedBy: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    convertedBy: '@i2i/onnx',
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightSpecs,
    weightData,
    signature: { inputs: Object.fromEntries(signature.inputs), outputs: Object.fromEntries(signature.outputs) },
  }
}

function countUses({ nodes, outputs }: Graph): Map<string, number> {
  const uses = new Map<string, number>()
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)]) {
    uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  return uses
}

function addInput({ graph, values }: Conversion, { name, type }: ValueInfo): TfjsSignatureEntry {
  const tensor = type?.tensorType
  if (!tensor?.shape) throw new Unsupported('it is no tensor of known rank')
  const dtype = tfDtype(tensor.elemType)
  const dims = tensor.shape.dims.map(({ dimValue }): Dim => dimValue)
  const shape = { dim: dims.map((size) => ({ size: size ?? -1 })) }
  const placeholder = graph.add('Placeholder', [], { dtype: { type: tfTypes[dtype] }, shape: { shape } })
  values.set(name, computed(placeholder, 'onnx', dtype, dims))
  return entry(placeholder, { dtype, dims })
}

/** Every output is a node of its own: a run's caller disposes of it, be it an input or a weight. */
function addOutput({ graph }: Conversion, value: Value): TfjsSignatureEntry {
  return entry(graph.add('Identity', [reference(graph, value, 'onnx')]), value)
}

function entry(node: string, { dtype, dims }: Pick<Value, 'dtype' | 'dims'>): TfjsSignatureEntry {
  const dim = dims.map((size) => ({ size: String(size ?? -1) }))
  return { name: `${node}:0`, dtype: tfTypes[dtype], tensorShape: { dim } }
}

function emit(node: Node, label: string, conversion: Conversion): void {
  const emitter = emitters.get(label)
  if (!emitter) throw new Unsupported('no such operator here')
  // What depends on a node that failed is not its own failure.
  if (node.inputs.some((name) => name !== '' && !conversion.values.has(name))) return
  const results = [emitter(new Operation(node, conversion))].flat()
  for (const [i, name] of node.outputs.entries()) {
    const value = results[i]
    if (value && name) conversion.values.set(name, value)
    else if (name) throw new Unsupported(`its output ${i} (${name})`)
  }
}

function unsupported(nodes: readonly UnsupportedNode[]): OnnxError {
  const list = nodes.map(({ node, operator, reason }) => `${node} (${operator}): ${reason}`).join('; ')
  return new OnnxError(
    'MODEL_UNSUPPORTED',
    `The model does not convert to TensorFlow.js: ${list}. Export it without these, or run it on ONNX Runtime.`,
    { nodes },
  )
}
