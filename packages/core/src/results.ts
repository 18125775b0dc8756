import {
  type Affine,
  type ColorEngine,
  type ColorSpaceInit,
  I2iError,
  type RawImage,
  type TensorData,
  tensorChannels,
} from '@i2i/color'
import { type Output, tensorFormat } from './bindings.js'
import { copyAlpha, coveredRect, keepOutside, regionView, resample } from './composite.js'
import { outputTransform } from './geometry.js'
import type { OutputPlan, Plan } from './plan.js'
import type { Tensor } from './ports.js'

/** One translated picture before unpacking: what went in, and where the model's pixels lie in it. */
export interface Frame {
  readonly color: ColorEngine
  readonly source: RawImage
  readonly plan: Plan
  /** Model input pixel -> source pixel. */
  readonly transform: Affine
}

/** The picture, mask or data of one output. @throws SHAPE_MISMATCH, MODEL_UNSUPPORTED, IMAGE_INVALID */
export function unpackOutput(frame: Frame, output: OutputPlan, tensor: Tensor, into?: RawImage): RawImage | Tensor {
  const { role, binding } = output.output
  if (role === 'data') return output.output.slice ? sliced(tensor, output.output) : tensor
  const pixels = checked(output, tensor)
  if (role === 'mask') return unpackMask(frame, output, pixels)
  return binding?.channels === 'Y' ? unpackLuma(frame, output, pixels, into) : unpackImage(frame, output, pixels, into)
}

function unpackImage(frame: Frame, output: OutputPlan, pixels: CpuTensor, into?: RawImage): RawImage {
  const { color, source, plan } = frame
  const binding = output.output.binding ?? maskBinding(output.output, pixels)
  const transform = transformOf(frame, output)
  // A model that gives alpha decides it; any other passes on the source's.
  const carriesAlpha = binding.channels !== 'RGBA' && hasAlpha(source)
  const image = color.unpack(
    pixels.data,
    tensorFormat(binding, output.tensor),
    { ...output.unpack, transform, ...(carriesAlpha && { alpha: regionView(source, plan.region) }) },
    into,
  )
  if (!plan.partial) return image
  const inside = coveredRect(transform, output.tensor, output.result)
  if (inside.width === image.width && inside.height === image.height) return image
  keepOutside(image, resample(color, source, plan.region, output.result, image), inside)
  return image
}

// A luma model leaves colour alone: the result's chroma is the source's.
function unpackLuma(frame: Frame, output: OutputPlan, pixels: CpuTensor, into?: RawImage): RawImage {
  const { color, source, plan } = frame
  const stored = source.colorSpace.matrix === 'rgb' || source.format === 'GRAY' ? videoLuma : source.colorSpace
  const target = { format: 'I420', colorSpace: stored } as const
  const picture = resample(color, source, plan.region, output.result, target)
  const luma = unpackImage(frame, { ...output, unpack: { ...output.unpack, ...target } }, pixels)
  const [to] = picture.planes
  const [from] = luma.planes
  if (to && from) {
    for (let row = 0; row < picture.height; row++) {
      to.data.set(from.data.subarray(row * from.stride, row * from.stride + picture.width), row * to.stride)
    }
  }
  const result = color.convert(picture, plan.target, into)
  if (hasAlpha(source) && hasAlpha(result)) {
    copyAlpha(resample(color, source, plan.region, output.result, { format: 'RGBA' }), result)
  }
  return result
}

// What tensor channel Y means for a source that stores no luma of its own.
const videoLuma: ColorSpaceInit = { matrix: 'smpte170m', fullRange: false }

function unpackMask(frame: Frame, output: OutputPlan, pixels: CpuTensor): RawImage {
  const format = tensorFormat(maskBinding(output.output, pixels), output.tensor)
  return frame.color.unpack(pixels.data, format, { ...output.unpack, transform: transformOf(frame, output) })
}

function maskBinding(output: Output, { dtype }: CpuTensor): Parameters<typeof tensorFormat>[0] {
  if (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'uint8') {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `mask "${output.name}" is ${dtype}; masks are float32, float16 or uint8 (give it role "data" to read it raw)`,
    )
  }
  return { tensor: output.tensor, layout: output.layout, dtype, channels: 'GRAY' }
}

function transformOf(frame: Frame, output: OutputPlan): Affine {
  const { input, region } = frame.plan
  return outputTransform(frame.transform, { tensor: input, region }, { tensor: output.tensor, result: output.result })
}

/** Whether a picture has an alpha to carry over. */
export function hasAlpha({ format }: Pick<RawImage, 'format'>): boolean {
  return format === 'RGBA' || format === 'BGRA'
}

/** @throws SHAPE_MISMATCH for a tensor that the model did not give */
export function resultOf(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = results[name]
  if (tensor) return tensor
  throw new I2iError('SHAPE_MISMATCH', `the model gave no tensor "${name}"; it gave ${Object.keys(results).join(', ')}`)
}

type CpuTensor = Tensor & { readonly location: 'cpu' }

// What the model gave must be what the plan expects, or the picture would be cut or torn without a word.
function checked(output: OutputPlan, tensor: Tensor): CpuTensor {
  const pixels = output.output.slice ? sliced(tensor, output.output) : onCpu(tensor, output.output)
  checkShape(output, pixels)
  return pixels
}

/** Holds a tensor, or the slice of one that an output takes, against the plan. @throws SHAPE_MISMATCH */
export function checkShape({ output, tensor: size }: OutputPlan, given: Pick<Tensor, 'dtype' | 'dims'>): void {
  const channels = output.binding ? tensorChannels(output.binding.channels) : 1
  const { width, height } = size
  const expected = output.layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
  const same = given.dims.length === 4 && expected.every((length, axis) => given.dims[axis] === length)
  const dtype = output.binding?.dtype ?? given.dtype
  if (same && given.dtype === dtype) return
  throw new I2iError(
    'SHAPE_MISMATCH',
    `output "${output.name}" should be ${dtype} [${expected.join(', ')}] by the manifest, the model gave ${given.dtype} [${given.dims.join(', ')}]; correct layout, dtype, channels, slice or scale`,
    { details: { output: output.name, expected, got: given.dims } },
  )
}

function onCpu(tensor: Tensor, output: Output): CpuTensor {
  if (tensor.location === 'cpu') return tensor
  throw new I2iError('MODEL_UNSUPPORTED', `output "${output.name}" came back as a GPU buffer, which was not asked for`)
}

function sliced(tensor: Tensor, output: Output): CpuTensor {
  const { data, dims, dtype } = onCpu(tensor, output)
  const part = slicedDims(dims, output)
  const [from, to] = output.slice ?? [0, 0]
  const axis = channelAxis(dims, output)
  const inner = dims.slice(axis + 1).reduce((product, length) => product * length, 1)
  if (axis === 1) return { dtype, dims: part, location: 'cpu', data: data.subarray(from * inner, to * inner) }
  return { dtype, dims: part, location: 'cpu', data: gatherChannels(data, dims[axis] ?? 0, from, to) }
}

/** The sizes of what an output takes of a tensor. @throws SHAPE_MISMATCH */
export function slicedDims(dims: readonly number[], output: Output): readonly number[] {
  if (!output.slice) return dims
  const [from, to] = output.slice
  const axis = channelAxis(dims, output)
  if (dims[0] !== 1 || to > (dims[axis] ?? 0)) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `output "${output.name}" takes channels ${from} to ${to} of tensor "${output.tensor}", which is [${dims.join(', ')}] (${output.layout}); correct slice or layout`,
    )
  }
  return dims.map((length, index) => (index === axis ? to - from : length))
}

function channelAxis(dims: readonly number[], { layout }: Output): number {
  return layout === 'NCHW' ? 1 : dims.length - 1
}

function gatherChannels(data: TensorData, channels: number, from: number, to: number): TensorData {
  const pixels = data.length / channels
  const part = data.slice(0, pixels * (to - from))
  for (let pixel = 0; pixel < pixels; pixel++) {
    part.set(data.subarray(pixel * channels + from, pixel * channels + to) as never, pixel * (to - from))
  }
  return part
}
