import { OnnxError } from '../error.js'
import { DataType, type DataTypeName } from '../model/data-type.js'
import { Model } from '../model/model.js'
import { dataTypeOf, makeTensor, type NumericData } from '../model/tensor.js'
import type { Dimension, Graph, ValueInfo } from '../model/types.js'
import { type AttributeValue, makeAttribute } from './attributes.js'

/** A size: fixed, or the name of a symbolic one. */
export type Size = number | string

/** What `node()` can be told besides operator, inputs and attributes. */
export interface NodeOptions {
  /** What to call the result; default: made from the operator. */
  readonly as?: string
  /** The operator's domain; default '', ONNX's own. The model must import it. */
  readonly domain?: string
}

/** What `build()` can be told. */
export interface BuildOptions {
  /** Version of ONNX's operator set; default 17. */
  readonly opset?: number
  /** Version of the file format; default 8. */
  readonly irVersion?: number
  /** Versions of further operator sets, by domain. */
  readonly imports?: Readonly<Record<string, number>>
}

/** Builds a graph node by node. Values are their names, so that the result of one call is the argument of the next. */
export class GraphBuilder {
  private readonly graph: Graph
  private readonly names: Set<string> = new Set()
  /** The number to try next for each prefix. */
  private readonly next: Map<string, number> = new Map()

  constructor(name = 'graph') {
    this.graph = emptyGraph(name)
  }

  /** Adds an input and gives its name. @throws OPTION_INVALID for a name already taken */
  input(name: string, dataType: DataTypeName, dims: readonly Size[]): string {
    this.graph.inputs.push(valueInfo(this.claim(name), dataType, dims))
    return name
  }

  /** Adds a constant (an initializer that shares the memory of `data`) and gives its name. @throws SHAPE_MISMATCH, OPTION_INVALID */
  constant(
    data: NumericData,
    dims: readonly number[] = [data.length],
    options: { readonly name?: string; readonly dataType?: DataTypeName } = {},
  ): string {
    const name = options.name === undefined ? this.unique('constant') : this.claim(options.name)
    this.graph.initializers.push(makeTensor(data, dims, options.dataType ?? dataTypeOf(data), name))
    return name
  }

  /** Adds a node of one result and gives the result's name. An input left out is ''. @throws OPTION_INVALID */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: NodeOptions = {},
  ): string {
    const result = options.as === undefined ? this.unique(opType) : this.claim(options.as)
    this.addNode(opType, inputs, [result], attributes, options)
    return result
  }

  /** Adds a node of `count` results and gives their names. @throws OPTION_INVALID */
  nodes(
    opType: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: Omit<NodeOptions, 'as'> = {},
  ): string[] {
    const results = Array.from({ length: count }, () => this.unique(opType))
    this.addNode(opType, inputs, results, attributes, options)
    return results
  }

  /** Declares a value as an output of the graph; one that has another name is copied to it by an Identity node. @throws OPTION_INVALID */
  output(name: string, dataType: DataTypeName, dims: readonly Size[], value: string = name): void {
    if (value !== name) this.node('Identity', [value], {}, { as: name })
    this.known(name)
    this.graph.outputs.push(valueInfo(name, dataType, dims))
  }

  /** Gives a name that no value has, and takes it. */
  unique(prefix: string): string {
    let next = this.next.get(prefix) ?? 0
    while (this.names.has(`${prefix}_${next}`)) next++
    this.next.set(prefix, next + 1)
    return this.claim(`${prefix}_${next}`)
  }

  /** Gives the graph built so far, for use as an attribute (`If`, `Loop`) of a node of another. */
  subgraph(): Graph {
    return this.graph
  }

  /** Gives the graph as a model. */
  build({ opset = 17, irVersion = 8, imports = {} }: BuildOptions = {}): Model {
    const model = new Model(this.graph)
    model.irVersion = irVersion
    model.producerName = 'i2i'
    model.opsetImports = [{ domain: '', version: opset }]
    for (const [domain, version] of Object.entries(imports)) model.opsetImports.push({ domain, version })
    return model
  }

  private addNode(
    opType: string,
    inputs: readonly string[],
    outputs: string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    { domain = '' }: Omit<NodeOptions, 'as'>,
  ): void {
    this.graph.nodes.push({
      inputs: [...inputs],
      outputs,
      name: `${opType}_${this.graph.nodes.length}`,
      opType,
      attributes: Object.entries(attributes).map(([name, value]) => makeAttribute(name, value)),
      docString: '',
      domain,
      overload: '',
      metadata: [],
    })
  }

  private claim(name: string): string {
    if (name === '' || this.names.has(name))
      throw new OnnxError(
        'OPTION_INVALID',
        `The graph cannot have a value '${name}': the name is empty or taken; choose another.`,
      )
    this.names.add(name)
    return name
  }

  private known(name: string): void {
    if (!this.names.has(name))
      throw new OnnxError(
        'OPTION_INVALID',
        `The graph has no value '${name}'; give the name that input(), constant() or node() returned.`,
      )
  }
}

function emptyGraph(name: string): Graph {
  return {
    nodes: [],
    name,
    initializers: [],
    docString: '',
    inputs: [],
    outputs: [],
    valueInfo: [],
    quantizationAnnotations: [],
    sparseInitializers: [],
    metadata: [],
  }
}

function valueInfo(name: string, dataType: DataTypeName, dims: readonly Size[]): ValueInfo {
  const sizes = dims.map((size): Dimension => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  const type = { tensorType: { elemType: DataType[dataType], shape: { dims: sizes } } }
  return { name, type, docString: '', metadata: [] }
}
