import type {
  Affine,
  ColorSpaceInit,
  PackOptions,
  PixelFormat,
  RawImage,
  Rect,
  TensorFormat,
  UnpackOptions,
} from '@i2i/color'
import { type Output, tensorFormat } from './bindings.js'
import { type InputGeometry, inputGeometry, resultSize, type Size, sourceRegion } from './geometry.js'
import type { ModelManifest } from './manifest.js'
import type { Decision, TranslateOptions } from './types.js'

/** The options of a call that a plan depends on. */
export interface PlanOptions extends Pick<TranslateOptions, 'crop' | 'format' | 'colorSpace'> {
  /** How often the model's number of pixels is halved, where its size is not fixed: a stream's way to keep its time. Default 0. */
  readonly halvings?: number
}

/** What a plan depends on of a source. */
export type PlanSource = Pick<RawImage, 'width' | 'height' | 'format' | 'colorSpace'>

/** Everything about a call that depends only on manifest, source size and format, and options: made once, then reused. */
export interface Plan {
  readonly region: Rect
  readonly input: TensorFormat
  readonly pack: PackOptions
  readonly outputs: readonly OutputPlan[]
  readonly target: Target
  /** Whether a fitted crop leaves some of the source outside, which then keeps its own pixels. */
  readonly partial: boolean
  readonly decisions: readonly Decision[]
}

/** How the result's pixels lie. */
export interface Target {
  readonly format: PixelFormat
  readonly colorSpace?: ColorSpaceInit
}

export interface OutputPlan {
  readonly output: Output
  /** Of the output tensor. */
  readonly tensor: Size
  /** Of the picture made from it. */
  readonly result: Size
  readonly unpack: UnpackOptions
}

export function makePlan(
  manifest: ModelManifest,
  outputs: readonly Output[],
  source: PlanSource,
  options: PlanOptions,
): Plan {
  const region = sourceRegion(source, options.crop)
  const geometry = inputGeometry(manifest, region, options.halvings)
  const target = targetOf(source, options)
  return {
    region,
    input: tensorFormat(manifest.input, geometry.size),
    pack: geometry.pack,
    outputs: outputs.map((output) => outputPlan(output, geometry, region, target)),
    target,
    partial: geometry.pack.fit === 'cover',
    decisions: decisionsOf(source, geometry),
  }
}

/** What a dump says of the way to the model's input. */
export function geometryOf({ region, input, pack }: Plan, transform: Affine): Readonly<Record<string, unknown>> {
  return { region, input, pack, transform }
}

/** Of the picture that a call gives. */
export function pictureSize({ outputs, region }: Plan): Size {
  return outputs.find(({ output }) => output.role === 'image')?.result ?? region
}

function outputPlan(output: Output, geometry: InputGeometry, region: Rect, target: Target): OutputPlan {
  const result = resultSize(region, output.scale)
  const mask = { format: 'GRAY', pad: [0] } as const
  return {
    output,
    tensor: resultSize(geometry.size, output.scale),
    result,
    unpack: { ...geometry.resampling, ...(output.role === 'mask' ? mask : target), ...result },
  }
}

function targetOf(source: PlanSource, options: PlanOptions): Target {
  const format = options.format ?? source.format
  if (options.colorSpace) return { format, colorSpace: options.colorSpace }
  // A result of the same family keeps the source's space; any other follows the rule for unlabelled pictures.
  return isYuv(format) && isYuv(source.format) ? { format, colorSpace: source.colorSpace } : { format }
}

function isYuv(format: PixelFormat): boolean {
  return format === 'I420' || format === 'NV12' || format === 'NV21'
}

function decisionsOf(source: PlanSource, geometry: InputGeometry): Decision[] {
  const decisions: Decision[] = []
  const { matrix, fullRange, assumed } = source.colorSpace
  if (assumed && isYuv(source.format)) {
    decisions.push({
      what: 'colorSpace',
      choice: `${matrix} ${fullRange ? 'full' : 'limited'}`,
      outcome: 'taken',
      reason: `assumed: a ${source.width}x${source.height} ${source.format} source does not say; pass colorSpace to be sure`,
    })
  }
  if (geometry.resize) {
    decisions.push({ what: 'resize', outcome: 'taken', ...geometry.resize })
  }
  return decisions
}

/** Keeps the plans of the sources seen last. */
export class PlanCache {
  readonly #make: (source: PlanSource, options: PlanOptions) => Plan
  readonly #plans = new Map<string, Plan>()

  constructor(make: (source: PlanSource, options: PlanOptions) => Plan) {
    this.#make = make
  }

  get(source: PlanSource, options: PlanOptions): Plan {
    const { width, height, format, colorSpace } = source
    const { crop, format: target, colorSpace: space, halvings } = options
    const key = JSON.stringify([width, height, format, colorSpace, crop, target, space, halvings])
    const known = this.#plans.get(key)
    const plan = known ?? this.#make(source, options)
    // A Map lists its keys in the order they were set: the first is the one not used for longest.
    this.#plans.delete(key)
    this.#plans.set(key, plan)
    if (this.#plans.size > capacity) this.#plans.delete(this.#plans.keys().next().value ?? key)
    return plan
  }
}

// Enough for a camera that rotates or a page with a few pictures; a plan is a few hundred bytes.
const capacity = 16
