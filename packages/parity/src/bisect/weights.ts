import type { Model, Node, OnnxTensor } from '@i2i/onnx'
import { tensorData } from '@i2i/onnx'

/** The weights of a node that are not the same numbers in both models. */
export function differingWeights(node: Node, a: Model, b: Model): string[] {
  return node.inputs.filter((name) => {
    const [one, other] = [weightOf(a, name), weightOf(b, name)]
    return one !== other && (!one || !other || !sameNumbers(one, other))
  })
}

function weightOf({ graph }: Model, name: string): OnnxTensor | undefined {
  const stored = graph.initializers.find((tensor) => tensor.name === name)
  if (stored) return stored
  const constant = graph.nodes.find(({ opType, outputs }) => opType === 'Constant' && outputs[0] === name)
  return constant?.attributes.find(({ t }) => t)?.t
}

function sameNumbers(a: OnnxTensor, b: OnnxTensor): boolean {
  // Weights in other files are not read here: what their entries say must do.
  if (a.dataLocation === 1 || b.dataLocation === 1) {
    return JSON.stringify(a.externalData) === JSON.stringify(b.externalData)
  }
  const [one, other] = [tensorData(a), tensorData(b)]
  return a.dataType === b.dataType && one.length === other.length && one.every((value, i) => Object.is(value, other[i]))
}
