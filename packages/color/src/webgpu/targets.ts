import { I2iError } from '../error.js'
import type { ConvertOptions, PixelFormat } from '../types.js'
import { agreeTarget, newTargetSpace, type TargetRequest } from '../validate.js'
import type { Host } from './bound-source.js'
import { type GpuBuffer, type GpuCanvasContext, type GpuTexture, textureUsage } from './gpu.js'
import type { Lease } from './pool.js'
import { bufferTarget, rgbSpace, type TargetShape } from './shapes.js'
import { resolvePixels } from './sources.js'
import type { GpuPixels, GpuPlane, GpuTarget } from './types.js'
import { newPixels } from './upload.js'

/** A target that is ready to be written. */
export interface BoundTarget {
  readonly shape: TargetShape
  readonly memory: object
  readonly buffer?: { readonly resource: GpuBuffer; readonly planes: readonly GpuPlane[] }
  readonly texture?: { readonly resource: GpuTexture; readonly premultiplied: boolean }
  /** Of a buffer that the engine made for the result. */
  readonly lease?: Lease<GpuBuffer>
}

/** What is asked of a target: sizes and format left open are `into`'s, else the defaults. */
export interface AskedTarget {
  readonly format: PixelFormat | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly default: { readonly width: number; readonly height: number }
  readonly colorSpace: ConvertOptions['colorSpace'] | undefined
  readonly source?: NonNullable<TargetRequest['source']>
  readonly down: NonNullable<ConvertOptions['chroma']>['down'] | undefined
}

const drawableFormats = { rgba8unorm: 'RGBA', bgra8unorm: 'BGRA', rgba16float: 'RGBA' } as const

/** `into`, checked against what was asked, or a new picture in a pooled buffer. @throws OPTION_INVALID, SHAPE_MISMATCH, IMAGE_INVALID, OUT_OF_MEMORY */
export function bindTarget(
  host: Host,
  asked: AskedTarget,
  into: GpuTarget | undefined,
  premultiplies: (context: GpuCanvasContext) => boolean,
): BoundTarget {
  // Without DOM types half of the union is never; what a value is, is told at run time.
  const value: unknown = into
  if (value === undefined) return newTarget(host, asked)
  if (typeof value !== 'object' || value === null) {
    throw new I2iError(
      'OPTION_INVALID',
      `into is ${String(value)}; give pixels in a GPUBuffer, a GPUTexture or a canvas context.`,
    )
  }
  host.checkPicture(value, 'into')
  if ('getCurrentTexture' in value)
    return bindTexture(asked, currentTexture(value as GpuCanvasContext), premultiplies(value as GpuCanvasContext))
  if ('createView' in value) return bindTexture(asked, value as GpuTexture, false)
  if ('texture' in value && value.texture) {
    return bindTexture(asked, value.texture as GpuTexture, 'premultiplied' in value && value.premultiplied === true)
  }
  if ('buffer' in value && value.buffer && 'format' in value) return bindPixels(asked, value as GpuPixels)
  throw new I2iError(
    'OPTION_INVALID',
    'into is none of the targets; give pixels in a GPUBuffer, a GPUTexture or a canvas context.',
  )
}

function requestOf(
  asked: AskedTarget,
  into: { format: PixelFormat; width: number; height: number } | undefined,
): TargetRequest {
  const { colorSpace, source } = asked
  return {
    // A format left open and no target to have one is refused by its check.
    format: asked.format ?? into?.format ?? (undefined as never),
    width: asked.width ?? into?.width ?? asked.default.width,
    height: asked.height ?? into?.height ?? asked.default.height,
    colorSpace,
    ...(source && { source }),
  }
}

function newTarget(host: Host, asked: AskedTarget): BoundTarget {
  const request = requestOf(asked, undefined)
  const { format, width, height } = request
  const colorSpace = newTargetSpace(request)
  const { lease, planes } = newPixels(host.pool, format, width, height)
  const shape = bufferTarget({ format, width, height, colorSpace }, planes, asked.down)
  return { shape, memory: lease.resource, buffer: { resource: lease.resource, planes }, lease }
}

function bindPixels(asked: AskedTarget, into: GpuPixels): BoundTarget {
  const { shape, planes } = resolvePixels(into, 'into')
  if (planes.some(({ offset, stride }) => offset % 4 !== 0 || stride % 4 !== 0)) {
    throw new I2iError(
      'OPTION_INVALID',
      `into: planes ${JSON.stringify(planes)} do not begin at whole words; give offsets and strides that are multiples of 4.`,
      {
        details: { planes },
      },
    )
  }
  const agreed = agreeTarget(requestOf(asked, shape), shape)
  return {
    shape: bufferTarget(agreed, planes, asked.down),
    memory: into.buffer,
    buffer: { resource: into.buffer, planes },
  }
}

function bindTexture(asked: AskedTarget, texture: GpuTexture, premultiplied: boolean): BoundTarget {
  if (!Object.hasOwn(drawableFormats, texture.format)) {
    throw new I2iError(
      'OPTION_INVALID',
      `into: the texture is ${texture.format}; give one of ${Object.keys(drawableFormats).join(', ')}.`,
      {
        details: { format: texture.format },
      },
    )
  }
  if ((texture.usage & textureUsage.renderAttachment) === 0) {
    throw new I2iError(
      'OPTION_INVALID',
      `into: the texture's usage is ${texture.usage}; create it with GPUTextureUsage.RENDER_ATTACHMENT.`,
      {
        details: { usage: texture.usage },
      },
    )
  }
  const { width, height } = texture
  // The order of bytes in a texture is the GPU's own affair.
  const own = drawableFormats[texture.format as keyof typeof drawableFormats]
  const format = asked.format === 'RGBA' || asked.format === 'BGRA' ? asked.format : own
  const described = agreeTarget(requestOf(asked, { format, width, height }), {
    format,
    width,
    height,
    colorSpace: rgbSpace,
  })
  const writer = { kind: 'texture', float: texture.format === 'rgba16float', premultiply: premultiplied } as const
  return { shape: { ...described, writer, values: {} }, memory: texture, texture: { resource: texture, premultiplied } }
}

function currentTexture(context: GpuCanvasContext): GpuTexture {
  try {
    return context.getCurrentTexture()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new I2iError(
      'OPTION_INVALID',
      `into: the canvas has no texture: ${reason.replace(/\.$/, '')}; configure it with the engine's configure().`,
      { cause },
    )
  }
}
