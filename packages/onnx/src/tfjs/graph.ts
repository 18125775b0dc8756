import {
  type TfAttributeValue,
  type TfDtype,
  type TfjsWeightSpec,
  type TfNode,
  tfAttribute,
  tfTypes,
} from './artifacts.js'
import { exactHalf } from './float16.js'

/** Numbers known while converting. Booleans are bytes. */
export interface Constant {
  data: Float32Array | Int32Array | Uint8Array
  /** Whether the model stores them as float16. */
  half: boolean
}

interface Weight {
  readonly node: TfNode
  readonly shape: readonly number[]
  readonly constant: Constant
}

/** The graph being emitted. Values are references: a node's name, or `name:1` for its second result. */
export class TfGraph {
  readonly nodes: TfNode[] = []
  private readonly weights: Weight[] = []

  /** Adds a node and gives its first result. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, TfAttributeValue>> = {}): string {
    return this.addNode(op, inputs, attributes).name
  }

  /** Adds a node and gives it. */
  addNode(op: string, inputs: readonly string[], attributes: Readonly<Record<string, TfAttributeValue>> = {}): TfNode {
    const attr = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, tfAttribute(value)]))
    const node = { name: `${op.replace(/^_/, '')}_${this.nodes.length}`, op, input: [...inputs], attr }
    this.nodes.push(node)
    return node
  }

  /** Adds a weight; what `constant` holds when the graph is done is what is written. */
  weight(constant: Constant, shape: readonly number[]): string {
    const node = this.addNode('Const', [], { dtype: { type: tfTypes[dtypeOf(constant)] } })
    this.weights.push({ node, shape, constant })
    return node.name
  }

  /** Adds a vector of whole numbers. */
  ints(values: readonly number[]): string {
    return this.weight({ data: Int32Array.from(values), half: false }, [values.length])
  }

  /** Adds a whole number. */
  int(value: number): string {
    return this.weight({ data: Int32Array.of(value), half: false }, [])
  }

  /** Adds a float. */
  float(value: number): string {
    return this.weight({ data: Float32Array.of(value), half: false }, [])
  }

  /** Drops what the outputs do not need, and gives the rest with its weights. */
  finish(keep: readonly string[]): { nodes: TfNode[]; weightSpecs: TfjsWeightSpec[]; weightData: ArrayBuffer } {
    const byName = new Map(this.nodes.map((node) => [node.name, node]))
    const needed = new Set<TfNode>()
    const visit = (references: readonly string[]) => {
      for (const reference of references) {
        const node = byName.get(reference.split(':', 1)[0]!)!
        if (needed.has(node)) continue
        needed.add(node)
        visit(node.input)
      }
    }
    visit(keep)
    const weights = this.weights.filter(({ node }) => needed.has(node)).map(encode)
    const weightData = new Uint8Array(weights.reduce((sum, { bytes }) => sum + bytes.byteLength, 0))
    let offset = 0
    for (const { bytes } of weights) {
      weightData.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset)
      offset += bytes.byteLength
    }
    return {
      nodes: this.nodes.filter((node) => needed.has(node)),
      weightSpecs: weights.map(({ spec }) => spec),
      weightData: weightData.buffer,
    }
  }
}

/** The element type of a constant. */
export function dtypeOf({ data }: Constant): TfDtype {
  return data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool'
}

function encode({ node, shape, constant }: Weight): { spec: TfjsWeightSpec; bytes: ArrayBufferView } {
  const spec = { name: node.name, shape: [...shape], dtype: dtypeOf(constant) }
  const half = constant.half ? halves(constant.data) : undefined
  if (!half) return { spec, bytes: constant.data }
  return { spec: { ...spec, quantization: { dtype: 'float16', original_dtype: 'float32' } }, bytes: half }
}

function halves(data: Constant['data']): Uint16Array | undefined {
  const bits = new Uint16Array(data.length)
  for (const [i, value] of data.entries()) {
    const half = exactHalf(value)
    if (half === undefined) return undefined
    bits[i] = half
  }
  return bits
}
