import { dataTypeName } from './model/data-type.js'
import type { Model } from './model/model.js'
import { elementCount } from './model/tensor.js'
import type { Graph, OnnxTensor, TensorType, ValueInfo } from './model/types.js'

/** A tensor that a model takes or gives. `dims`: a string is a symbolic size, `?` an unnamed one; `['...']` where even the rank is unknown. */
export interface InspectedTensor {
  readonly name: string
  /** The element type's name; another kind of value's is `sequence`, `map`, `optional` or `unknown`. */
  readonly dtype: string
  readonly dims: readonly (number | string)[]
}

/** What `inspectModel()` finds. Plain data, fit for JSON. */
export interface ModelInspection {
  /** What a run must be fed: inputs that have no initializer. */
  readonly inputs: InspectedTensor[]
  readonly outputs: InspectedTensor[]
  /** How often each operator occurs, subgraphs included; outside ONNX's own domain as `domain.operator`. */
  readonly operators: Record<string, number>
  /** Elements of all initializers, subgraphs included. */
  readonly parameters: number
  readonly opset: number
  readonly irVersion: number
  /** Name and version of what wrote the model. */
  readonly producer: string
  /** Versions of all operator sets, by domain. */
  readonly domains: Record<string, number>
  /** Bytes of all initializers in the file, subgraphs included; weights in other files are in `externalFiles`. */
  readonly weightBytes: number
  /** The other files that hold weights. */
  readonly externalFiles: string[]
}

/** Gives a summary of a model: what it takes and gives, its operators and its size. */
export function inspectModel(model: Model): ModelInspection {
  const { graph, irVersion, opset, opsetImports, producerName, producerVersion } = model
  const graphs = [...withSubgraphs(graph)]
  const operators: Record<string, number> = {}
  for (const { opType, domain } of graphs.flatMap(({ nodes }) => nodes)) {
    const key = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`
    operators[key] = (Object.hasOwn(operators, key) ? operators[key]! : 0) + 1
  }
  const weights = graphs.flatMap(weightsOf)
  const locations = weights.flatMap(({ externalData }) => externalData.filter(({ key }) => key === 'location'))
  const initialised = new Set(graph.initializers.map(({ name }) => name))
  return {
    inputs: graph.inputs.filter(({ name }) => !initialised.has(name)).map(inspectValue),
    outputs: graph.outputs.map(inspectValue),
    operators,
    parameters: weights.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    opset,
    irVersion,
    producer: [producerName, producerVersion].filter(Boolean).join(' '),
    domains: Object.fromEntries(opsetImports.map(({ domain, version }) => [domain || 'ai.onnx', version])),
    weightBytes: weights.reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    externalFiles: [...new Set(locations.map(({ value }) => value))],
  }
}

function* withSubgraphs(graph: Graph): Generator<Graph> {
  yield graph
  for (const { attributes } of graph.nodes)
    for (const { g, graphs } of attributes) for (const inner of g ? [g, ...graphs] : graphs) yield* withSubgraphs(inner)
}

function weightsOf({ initializers, sparseInitializers }: Graph): OnnxTensor[] {
  return [...initializers, ...sparseInitializers.flatMap(({ values }) => values ?? [])]
}

function storedBytes({
  rawData,
  floatData,
  doubleData,
  int32Data,
  int64Data,
  uint64Data,
  stringData,
}: OnnxTensor): number {
  const arrays = [rawData, floatData, doubleData, int32Data, int64Data, uint64Data, ...stringData]
  return arrays.reduce((sum, array) => sum + (array?.byteLength ?? 0), 0)
}

function inspectValue({ name, type = {} }: ValueInfo): InspectedTensor {
  const tensor = type.tensorType ?? type.sparseTensorType
  if (tensor) return { name, dtype: dataTypeName(tensor.elemType), dims: inspectDims(tensor) }
  const kind = type.sequenceType ? 'sequence' : type.mapType ? 'map' : type.optionalType ? 'optional' : 'unknown'
  return { name, dtype: kind, dims: ['...'] }
}

function inspectDims({ shape }: TensorType): (number | string)[] {
  return shape ? shape.dims.map(({ dimValue, dimParam }) => dimValue ?? (dimParam || '?')) : ['...']
}
