import { type AttributeValue, float, GraphBuilder, type Model } from '../src/index.js'
import { noise } from './tfjs-run.js'

/** Whole numbers below a bound. */
type Below = (bound: number) => number

/** A feature map of the network being built. */
interface FeatureMap {
  readonly value: string
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** Numbers from a seed (mulberry32). */
function numbersFrom(seed: number): Below {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

type Attributes = Readonly<Record<string, AttributeValue>>

/** Builds one network at random, step by step; every step keeps values in a range where float32 can be compared. */
class Network {
  readonly graph = new GraphBuilder('random')
  readonly below: Below

  constructor(below: Below) {
    this.below = below
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Weights that keep a sum of `fanIn` products about as large as its terms. */
  weights(dims: readonly number[], fanIn = 1): string {
    const data = noise(dims, this.below(2 ** 31)).data.map((value) => value / Math.sqrt(fanIn / 2))
    return this.graph.constant(data, dims)
  }

  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.graph.node(op, inputs, attributes)
  }

  conv({ value, channels, height, width }: FeatureMap): FeatureMap {
    const group = this.pick([1, 1, channels, ...(channels % 2 === 0 ? [2] : [])])
    const outputs = group * (1 + this.below(group === 1 ? 8 : 2))
    const kernel = [1 + this.below(Math.min(4, height)), 1 + this.below(Math.min(4, width))] as const
    const dilations = [1, 1].map((_, axis) => (kernel[axis]! > 1 && this.below(4) === 0 ? 2 : 1))
    const strides = [1, 1].map(() => 1 + this.below(2))
    const pads = [0, 0, 0, 0].map((_, side) => this.below(kernel[side % 2]! * dilations[side % 2]!))
    const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
    const size = [height, width].map((input, axis) => {
      const room = input + pads[axis]! + pads[axis + 2]! - reach[axis]!
      return room < 0 ? 0 : Math.floor(room / strides[axis]!) + 1
    })
    if (size.includes(0)) return { value, channels, height, width }
    const filter = this.weights([outputs, channels / group, ...kernel], (channels / group) * kernel[0] * kernel[1])
    const bias = this.below(3) ? [this.weights([outputs])] : []
    const made = this.node('Conv', [value, filter, ...bias], { group, dilations, strides, pads })
    return { value: made, channels: outputs, height: size[0]!, width: size[1]! }
  }

  convTranspose({ value, channels, height, width }: FeatureMap): FeatureMap {
    const outputs = 1 + this.below(5)
    const kernel = [2 + this.below(3), 2 + this.below(3)] as const
    const strides = [1 + this.below(2), 1 + this.below(2)] as const
    const pads = [0, 0, 0, 0].map(() => this.below(2))
    const size = [height, width].map(
      (input, axis) => strides[axis]! * (input - 1) + kernel[axis]! - pads[axis]! - pads[axis + 2]!,
    )
    if (size.some((length) => length < 1)) return { value, channels, height, width }
    const filter = this.weights([channels, outputs, ...kernel], channels * kernel[0] * kernel[1])
    const made = this.node('ConvTranspose', [value, filter, this.weights([outputs])], { strides, pads })
    return { value: made, channels: outputs, height: size[0]!, width: size[1]! }
  }

  activation(map: FeatureMap): FeatureMap {
    const [op, attributes] = this.pick<[string, Attributes]>([
      ['Relu', {}],
      ['LeakyRelu', { alpha: float(0.2) }],
      ['Sigmoid', {}],
      ['Tanh', {}],
      ['HardSwish', {}],
      ['HardSigmoid', {}],
      ['Neg', {}],
      ['Abs', {}],
      ['Erf', {}],
    ])
    return { ...map, value: this.node(op, [map.value], attributes) }
  }

  prelu(map: FeatureMap): FeatureMap {
    return { ...map, value: this.node('PRelu', [map.value, this.weights([map.channels, 1, 1])]) }
  }

  batchNorm(map: FeatureMap): FeatureMap {
    const { channels } = map
    const variance = this.graph.constant(noise([channels], this.below(999)).data.map((value) => Math.abs(value) + 0.5))
    const rest = [1, 2, 3].map(() => this.weights([channels]))
    return { ...map, value: this.node('BatchNormalization', [map.value, ...rest, variance]) }
  }

  arithmetic(map: FeatureMap): FeatureMap {
    const shape = this.pick([[], [map.channels, 1, 1], [1, 1, map.height, map.width], [map.width]])
    const op = this.pick(['Add', 'Sub', 'Mul', 'Max', 'Min'])
    const operands = [map.value, this.weights(shape)]
    return { ...map, value: this.node(op, this.below(2) ? operands : operands.reverse()) }
  }

  residual(map: FeatureMap): FeatureMap {
    const other = this.activation(this.below(2) ? this.prelu(map) : map)
    return { ...map, value: this.node(this.pick(['Add', 'Mul']), [map.value, other.value]) }
  }

  concat(map: FeatureMap): FeatureMap {
    const other = this.conv1x1(map)
    const joined = this.node('Concat', [map.value, other.value], { axis: 1 })
    return { ...map, value: joined, channels: map.channels + other.channels }
  }

  private conv1x1(map: FeatureMap): FeatureMap {
    const channels = 1 + this.below(4)
    const filter = this.weights([channels, map.channels, 1, 1], map.channels)
    return { ...map, channels, value: this.node('Conv', [map.value, filter]) }
  }

  split(map: FeatureMap): FeatureMap {
    if (map.channels < 2) return map
    const first = 1 + this.below(map.channels - 1)
    const sizes = this.graph.constant(BigInt64Array.of(BigInt(first), BigInt(map.channels - first)))
    const [left, right] = this.graph.nodes('Split', [map.value, sizes], 2, { axis: 1 })
    return this.below(2)
      ? { ...map, value: left!, channels: first }
      : { ...map, value: right!, channels: map.channels - first }
  }

  pad(map: FeatureMap): FeatureMap {
    const mode = this.pick(['constant', 'reflect', 'edge'])
    const bound = Math.min(3, map.height, map.width)
    const [top, left, bottom, right] = [1, 2, 3, 4].map(() => this.below(bound)) as [number, number, number, number]
    const pads = this.graph.constant(BigInt64Array.from([0, 0, top, left, 0, 0, bottom, right], BigInt))
    const value = this.node('Pad', [map.value, pads], { mode })
    return { ...map, value, height: map.height + top + bottom, width: map.width + left + right }
  }

  slice(map: FeatureMap): FeatureMap {
    if (map.height < 3 || map.width < 3) return map
    const list = (...values: number[]) => this.graph.constant(BigInt64Array.from(values, BigInt))
    const value = this.node('Slice', [map.value, list(1, 0), list(map.height, -1), list(2, 3)])
    return { ...map, value, height: map.height - 1, width: map.width - 1 }
  }

  pool(map: FeatureMap): FeatureMap {
    if (map.height < 3 || map.width < 3) return map
    const op = this.pick(['MaxPool', 'AveragePool'])
    const pads = [1, 2, 3, 4].map(() => this.below(2))
    const count = op === 'AveragePool' ? { count_include_pad: this.below(2) } : {}
    const value = this.node(op, [map.value], { kernel_shape: [2, 3], strides: [1, 2], pads, ...count })
    const height = map.height + pads[0]! + pads[2]! - 2 + 1
    return { ...map, value, height, width: Math.floor((map.width + pads[1]! + pads[3]! - 3) / 2) + 1 }
  }

  resize(map: FeatureMap): FeatureMap {
    if (map.height * map.width > 400) return map
    const scales = this.graph.constant(Float32Array.of(1, 1, 2, 2))
    const mode = this.pick(['nearest', 'linear', 'cubic'])
    const coordinates = this.pick(['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'])
    const attributes = { mode, coordinate_transformation_mode: coordinates }
    return {
      ...map,
      value: this.node('Resize', [map.value, '', scales], attributes),
      height: map.height * 2,
      width: map.width * 2,
    }
  }

  depthToSpace(map: FeatureMap): FeatureMap {
    if (map.height * map.width > 400) return map
    const wide = this.node('Conv', [map.value, this.weights([8, map.channels, 1, 1], map.channels), this.weights([8])])
    const value = this.node('DepthToSpace', [wide], { blocksize: 2, mode: this.pick(['DCR', 'CRD']) })
    return { value, channels: 2, height: map.height * 2, width: map.width * 2 }
  }

  attend(map: FeatureMap): FeatureMap {
    const mean = this.node(this.pick(['GlobalAveragePool', 'GlobalMaxPool']), [map.value])
    const filter = this.weights([map.channels, map.channels, 1, 1], map.channels)
    const gate = this.node('Sigmoid', [this.node('Conv', [mean, filter])])
    return { ...map, value: this.node('Mul', [map.value, gate]) }
  }

  softmax(map: FeatureMap): FeatureMap {
    return { ...map, value: this.node('Softmax', [map.value], { axis: this.pick([1, 2, 3]) }) }
  }
}

const steps = [
  'conv',
  'conv',
  'conv',
  'convTranspose',
  'activation',
  'activation',
  'prelu',
  'batchNorm',
  'arithmetic',
  'residual',
  'concat',
  'split',
  'pad',
  'slice',
  'pool',
  'resize',
  'depthToSpace',
  'attend',
  'softmax',
] as const

/** Gives a network of three to ten steps, the sizes of its input, and what it is made of. */
export function randomNetwork(seed: number): { model: Model; dims: readonly number[]; operators: readonly string[] } {
  const network = new Network(numbersFrom(seed))
  const { below, graph } = network
  const dims = [1 + below(2), 1 + below(5), 3 + below(11), 3 + below(11)] as const
  const declared = below(2) ? dims : [dims[0], dims[1], 'height', 'width']
  let map: FeatureMap = {
    value: graph.input('x', 'float32', declared),
    channels: dims[1],
    height: dims[2],
    width: dims[3],
  }
  const count = 3 + below(8)
  for (let i = 0; i < count; i++) map = network[network.pick(steps)](map)
  graph.output('y', 'float32', ['batch', map.channels, 'rows', 'columns'], map.value)
  const model = graph.build({ opset: 17 })
  return { model, dims, operators: model.graph.nodes.map(({ opType }) => opType) }
}
