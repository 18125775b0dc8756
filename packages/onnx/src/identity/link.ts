import { GraphBuilder } from '../build/builder.js'
import { OnnxError } from '../error.js'
import { DataType, type DataTypeName } from '../model/data-type.js'
import type { Model } from '../model/model.js'
import { type Channels, channelCount } from './channels.js'
import { constantOutput } from './constant.js'
import { type PixelTensor, translate } from './translate.js'

/** How pixels lie in one of a model's tensors. */
export interface LinkBinding {
  readonly layout: 'NCHW' | 'NHWC'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  readonly channels: Channels
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
}

/** A tensor that the model takes; one with a binding is a picture. A string among `dims` is a symbolic size. */
export interface LinkInput {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly (number | string)[]
  readonly binding?: LinkBinding
}

/** A tensor that the model gives; `scale` is its size over the picture's, default 1. */
export interface LinkOutput extends LinkInput {
  readonly role: 'image' | 'mask' | 'data'
  readonly scale?: number
}

/** What a model takes and gives, and which of it is pictures. */
export interface LinkSpec {
  readonly inputs: readonly LinkInput[]
  readonly outputs: readonly LinkOutput[]
}

/**
 * Gives a model that can stand in for another: every image output is the first image input in the output's layout, channels,
 * normalisation, type and (by nearest) size, bit by bit where these are equal; masks are 1 (255 in uint8), data 0; inputs that
 * are no picture are taken and ignored. Y is smpte170m luma, limited range; GRAY the same, full range.
 * @throws MODEL_UNSUPPORTED for what this cannot express (no image input, a scale that is no whole number), SHAPE_MISMATCH for
 * sizes at odds with each other, OPTION_INVALID for an unknown type or a name used twice
 */
export function linkIdentityModel(io: LinkSpec): Model {
  const graph = new GraphBuilder('identity')
  for (const { name, dtype, dims } of io.inputs) graph.input(name, dataType(dtype), dims)
  const picture = io.inputs.find((input) => input.binding)
  const source = picture?.binding && pixelTensor(picture, picture.binding)
  for (const output of io.outputs) {
    const { name, dims, role, scale = 1, binding } = output
    const dtype = dataType(output.dtype)
    if (!Number.isSafeInteger(scale) || scale < 1)
      throw new OnnxError(
        'MODEL_UNSUPPORTED',
        `Output ${name} has scale ${scale}; an identity model enlarges by whole numbers only.`,
      )
    if (role === 'image') {
      if (!source)
        throw new OnnxError(
          'MODEL_UNSUPPORTED',
          `Output ${name} has no picture to follow; give one of the inputs a binding.`,
        )
      const target = pixelTensor(output, binding ?? source)
      checkSizes(source, target, scale)
      translate(graph, source, target, scale)
    } else constantOutput(graph, { name, dtype, dims, role, scale }, io.inputs, source)
    graph.output(name, dtype, dims)
  }
  return graph.build()
}

function dataType(name: string): DataTypeName {
  if (Object.hasOwn(DataType, name)) return name as DataTypeName // A key of the table is such a name.
  throw new OnnxError(
    'OPTION_INVALID',
    `There is no tensor type ${name}; use one of ${Object.keys(DataType).join(', ')}.`,
  )
}

function pixelTensor({ name, dtype, dims }: LinkInput, binding: LinkBinding): PixelTensor {
  const { layout, channels, mean, std } = binding
  if (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'uint8')
    throw new OnnxError(
      'MODEL_UNSUPPORTED',
      `Tensor ${name} of ${dtype} cannot hold a picture; use float32, float16 or uint8.`,
    )
  const [batch, second, third, fourth] = dims
  const [height, width, depth] = layout === 'NCHW' ? [third, fourth, second] : [second, third, fourth]
  if (dims.length !== 4 || batch === undefined || height === undefined || width === undefined)
    throw new OnnxError(
      'SHAPE_MISMATCH',
      `Tensor ${name} of shape [${dims}] cannot hold a picture; ${layout} has four sizes.`,
    )
  if (typeof depth === 'number' && depth !== channelCount(channels))
    throw new OnnxError(
      'SHAPE_MISMATCH',
      `Tensor ${name} of shape [${dims}] has ${depth} channels where ${channels} in ${layout} has ${channelCount(channels)}; correct one.`,
    )
  return { name, dtype, layout, channels, batch, height, width, ...(mean && { mean }), ...(std && { std }) }
}

function checkSizes(from: PixelTensor, to: PixelTensor, scale: number): void {
  for (const axis of ['height', 'width'] as const) {
    const [source, target] = [from[axis], to[axis]]
    if (typeof source === 'number' && typeof target === 'number' && source * scale !== target)
      throw new OnnxError(
        'SHAPE_MISMATCH',
        `Output ${to.name} has ${axis} ${target} where the input's ${source} times scale ${scale} is ${source * scale}; correct scale or size.`,
      )
  }
}
