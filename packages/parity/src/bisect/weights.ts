import { type Model, type OnnxTensor, tensorData } from '@i2i/onnx'
import { type Intermediate, nodeLabel } from './expose.js'

/** A node whose weights are not the same numbers in both models. */
export interface AlteredNode {
  readonly node: string
  readonly op: string
  readonly tensor: string
  readonly weights: readonly string[]
}

/** The nodes behind these values whose weights differ, in topological order: what a look at the files alone tells. */
export function alteredNodes(values: readonly Intermediate[], a: Model, b: Model): AlteredNode[] {
  const [left, right] = [weightsOf(a), weightsOf(b)]
  const differing = new Set<string>()
  for (const [name, weight] of left) {
    const other = right.get(name)
    if (!other || !sameNumbers(weight, other)) differing.add(name)
  }
  return values.flatMap(({ node, tensor }) => {
    const weights = node.inputs.filter((name) => differing.has(name))
    return weights.length > 0 ? [{ node: nodeLabel(node), op: node.opType, tensor, weights }] : []
  })
}

function weightsOf({ graph }: Model): Map<string, OnnxTensor> {
  const weights = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  for (const { opType, outputs, attributes } of graph.nodes) {
    const constant = opType === 'Constant' ? attributes.find(({ t }) => t)?.t : undefined
    if (constant && outputs[0]) weights.set(outputs[0], constant)
  }
  return weights
}

function sameNumbers(a: OnnxTensor, b: OnnxTensor): boolean {
  // Weights in other files are not read here: what their entries say must do.
  if (a.dataLocation === 1 || b.dataLocation === 1) {
    return JSON.stringify(a.externalData) === JSON.stringify(b.externalData)
  }
  const [one, other] = [tensorData(a), tensorData(b)]
  return a.dataType === b.dataType && one.length === other.length && one.every((value, i) => Object.is(value, other[i]))
}
