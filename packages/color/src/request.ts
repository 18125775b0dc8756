import { I2iError } from './error.js'
import { planPack, planUnpack, type SamplingPlan, type Size } from './geometry.js'
import { hasAlpha, maximumSide } from './image.js'
import { checkTensorData, checkTensorFormat, type PixelTensorData } from './tensor-format.js'
import type {
  ConvertOptions,
  PackOptions,
  RawImage,
  Rect,
  Resampling,
  TensorData,
  TensorFormat,
  UnpackOptions,
} from './types.js'
import { checkChroma, checkImage, checkNoOverlap, targetImage } from './validate.js'

/** Throws OPTION_INVALID unless the options are an object. */
export function checkOptions(options: unknown, what: string): void {
  if (typeof options === 'object' && options !== null) return
  throw new I2iError('OPTION_INVALID', `${what} is ${String(options)}; give an object.`)
}

/** Everything that convert() was asked for, checked: the picture to write, in its format and colour space. */
export function convertRequest(image: RawImage, to: ConvertOptions, into: RawImage | undefined): RawImage {
  checkImage(image, 'image')
  checkOptions(to, 'to')
  checkChroma(to.chroma)
  const { width, height } = image
  const target = targetImage({ format: to.format, width, height, colorSpace: to.colorSpace, source: image }, into)
  checkNoOverlap(image, target)
  return target
}

/** Everything that pack() was asked for, checked; `data` is `into` in its right type, where one was given. */
export interface PackRequest {
  readonly plan: SamplingPlan
  readonly data: PixelTensorData | undefined
}

export function packRequest(
  image: RawImage,
  tensor: TensorFormat,
  options: PackOptions | undefined,
  into: TensorData | undefined,
): PackRequest {
  checkImage(image, 'image')
  checkTensorFormat(tensor)
  if (options !== undefined) checkOptions(options, 'options')
  const plan = planPack(image, tensor, options)
  const data = into === undefined ? undefined : checkTensorData(into, tensor, 'into')
  if (data !== undefined) checkNoOverlap(image, data)
  return { plan, data }
}

/** Everything that unpack() was asked for, checked; `alphaPlan` says how the alpha image reaches the target's size. */
export interface UnpackRequest {
  readonly plan: SamplingPlan
  readonly data: PixelTensorData
  readonly target: RawImage
  readonly alphaPlan: SamplingPlan | undefined
}

export function unpackRequest(
  data: TensorData,
  tensor: TensorFormat,
  to: UnpackOptions,
  into: RawImage | undefined,
): UnpackRequest {
  checkTensorFormat(tensor)
  checkOptions(to, 'to')
  checkChroma(to.chroma)
  const values = checkTensorData(data, tensor, 'data')
  const width = side('width', to.width ?? tensor.width)
  const height = side('height', to.height ?? tensor.height)
  const plan = planUnpack(tensor, { width, height }, to)
  const target = targetImage({ format: to.format, width, height, colorSpace: to.colorSpace }, into)
  checkNoOverlap(values, target)
  return { plan, data: values, target, alphaPlan: alphaPlan(to, target) }
}

function alphaPlan(to: UnpackOptions, target: RawImage): SamplingPlan | undefined {
  if (to.alpha === undefined) return undefined
  checkImage(to.alpha, 'alpha')
  checkNoOverlap(to.alpha, target)
  if (!hasAlpha(target.format) || !hasAlpha(to.alpha.format)) return undefined
  return planLayer(to.alpha, target, to)
}

/** How a picture that is drawn beside the tensor (its alpha, its surroundings) reaches the target's size. */
export function planLayer(image: Size, target: Size, { kernel, antialias }: Resampling, crop?: Rect): SamplingPlan {
  // A kernel left open follows the picture's own scale, by the one rule there is.
  return planPack(image, target, { ...(kernel && { kernel }), ...(antialias && { antialias }), ...(crop && { crop }) })
}

/** A side of the result, checked. Throws OPTION_INVALID. */
export function side(name: 'width' | 'height', value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= maximumSide) return value
  throw new I2iError('OPTION_INVALID', `${name} is ${String(value)}; give an integer of 1 to ${maximumSide}.`, {
    details: { [name]: value },
  })
}
