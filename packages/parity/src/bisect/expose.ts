import type { Model, Node } from '@i2i/onnx'

/** A value that a node of the main graph computes. */
export interface Intermediate {
  readonly tensor: string
  readonly node: Node
  /** Place among the nodes, which ONNX keeps in topological order. */
  readonly position: number
}

/** Every value that the nodes of a graph compute, in topological order. */
export function intermediatesOf({ graph }: Model): Intermediate[] {
  return graph.nodes.flatMap((node, position) =>
    node.outputs.filter((tensor) => tensor !== '').map((tensor) => ({ tensor, node, position })),
  )
}

/** A model that gives these values instead of its own outputs; it shares its weights and nodes with the one passed, which stays as it is. */
export function exposing(model: Model, tensors: readonly string[]): Model {
  const { graph } = model
  const known = new Map([...graph.valueInfo, ...graph.outputs].map((info) => [info.name, info]))
  // A runtime infers the type of an output that does not state it.
  const outputs = tensors.map((name) => known.get(name) ?? { name, docString: '', metadata: [] })
  const view: Model = Object.create(Object.getPrototypeOf(model), Object.getOwnPropertyDescriptors(model))
  view.graph = Object.create(Object.getPrototypeOf(graph), Object.getOwnPropertyDescriptors(graph))
  view.graph.outputs = outputs
  return view
}

/** How to call a node: by its name, else by its operator and what it gives. */
export function nodeLabel({ name, opType, outputs }: Node): string {
  return name || `${opType} -> ${outputs[0] ?? ''}`
}
