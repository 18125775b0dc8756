import type { FunctionDefinition, Graph, OperatorSetId, StringEntry } from './types.js'

/** An ONNX model as mutable data; what this package has no name for (training info, newer fields) is kept and written back. */
export class Model {
  irVersion = 8
  producerName = ''
  producerVersion = ''
  domain = ''
  modelVersion = 0n
  docString = ''
  graph: Graph
  opsetImports: OperatorSetId[] = []
  metadata: StringEntry[] = []
  functions: FunctionDefinition[] = []

  constructor(graph: Graph) {
    this.graph = graph
  }

  /** The version of ONNX's own operator set; 1 where none is imported, as IR versions below 3 mean it, 0 where only others are. */
  get opset(): number {
    if (this.opsetImports.length === 0) return 1
    return this.opsetImports.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0
  }
}
