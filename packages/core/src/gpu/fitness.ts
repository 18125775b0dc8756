import type { GpuColorEngine } from '@i2i/color/webgpu'
import type { Size } from '../geometry.js'
import type { Call, Parts } from '../parts.js'
import type { OutputPlan, Plan } from '../plan.js'
import type { ImageForms } from '../types.js'

/** Why a call cannot stay on the GPU: it then goes through memory. */
export class Elsewhere extends Error {
  /** Whether no later call can either. */
  readonly forGood: boolean

  constructor(reason: string, { forGood = false }: { forGood?: boolean } = {}) {
    super(reason)
    this.forGood = forGood
  }
}

/** What is known before the source is read. @throws Elsewhere */
export function refuseUnfit<A extends keyof ImageForms>({ retouch }: Parts, { options }: Call<A>): void {
  const { format, colorSpace } = options
  if (format && format !== 'RGBA') throw new Elsewhere(`format ${format} was asked for, and a canvas is RGBA`)
  if (colorSpace) throw new Elsewhere('a colorSpace was asked for, and a canvas is sRGB')
  if (retouch) throw new Elsewhere('results are retouched there')
}

/** The one picture that the model gives, and what else it gives. @throws Elsewhere for what only memory can take apart */
export function dividedOutputs({ outputs }: Plan): {
  readonly image: OutputPlan
  readonly others: readonly OutputPlan[]
} {
  const [image, second] = outputs.filter(({ output }) => output.role === 'image')
  if (!image || second) throw new Elsewhere(`the model gives ${image ? 'more than one picture' : 'no picture'}`)
  if (image.output.binding?.channels === 'Y') throw new Elsewhere("a luma model needs the source's chroma")
  sliceOffset(image)
  const others = outputs.filter((output) => output !== image)
  const slice = others.find(({ output }) => output.slice)
  if (slice) throw new Elsewhere(`output "${slice.output.name}" is a slice of a tensor`)
  return { image, others }
}

/** Where the channels of an output begin in its tensor, in bytes. @throws Elsewhere where they do not lie together at a place that can be bound */
export function sliceOffset({ output, tensor }: OutputPlan): number {
  if (!output.slice) return 0
  const bytes = { float32: 4, float16: 2, uint8: 1 }[output.binding?.dtype ?? 'float32']
  const offset = output.slice[0] * tensor.width * tensor.height * bytes
  // Storage bindings begin at multiples of 256 bytes.
  if (output.layout === 'NCHW' && offset % 256 === 0) return offset
  throw new Elsewhere('the slice of the output tensor begins where no GPU binding can')
}

/** @throws Elsewhere for pictures that no texture of the device holds */
export function refuseLarge({ device }: GpuColorEngine, ...sizes: readonly Size[]): void {
  // Without DOM types a device is never.
  const { limits } = device as unknown as { limits: { maxTextureDimension2D: number } }
  const most = limits.maxTextureDimension2D
  const large = sizes.find(({ width, height }) => Math.max(width, height) > most)
  if (large) throw new Elsewhere(`${large.width}x${large.height} is more than the ${most} of this GPU's textures`)
}
