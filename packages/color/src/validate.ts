import { colorFamily, lumaWeights, sameColorSpace, targetColorSpace } from './color-space.js'
import { I2iError } from './error.js'
import { checkPlanes, checkSize, createImage, type PlaneSize, planeSizes } from './image.js'
import type { ColorSpace, ColorSpaceInit, PixelFormat, Plane, RawImage } from './types.js'

// The plane views of disposed images. Weak, and shared by all engines, so that each recognises another's freed frames.
const retired = new WeakSet<object>()

/** Marks an allocated picture's plane views as freed: any later use of them is refused. */
export function retireImage(image: RawImage): void {
  for (const { data } of image.planes) retired.add(data)
}

/** Throws IMAGE_INVALID unless the picture is whole and labelled, DISPOSED unless it is alive; `what` names it in the message. */
export function checkImage(image: RawImage, what: string): void {
  if (typeof image !== 'object' || image === null) {
    throw new I2iError('IMAGE_INVALID', `${what} is ${String(image)}; give a RawImage, such as rawImage() makes.`)
  }
  checkSize(image.format, image.width, image.height)
  checkPlanes(image.format, image.width, image.height, image.planes)
  if (image.planes.some(({ data }) => retired.has(data))) {
    throw new I2iError('DISPOSED', `${what} was disposed; allocate a new one, or keep it until its last use.`)
  }
  const { matrix, fullRange } = image.colorSpace ?? {}
  const fits = colorFamily(image.format) === 'rgb' ? matrix === 'rgb' : Object.hasOwn(lumaWeights, matrix ?? '')
  if (typeof fullRange !== 'boolean' || !fits) {
    throw new I2iError(
      'IMAGE_INVALID',
      `${what} (${image.format}) has no colour space that fits; make it with rawImage().`,
      {
        details: { colorSpace: image.colorSpace },
      },
    )
  }
}

interface Bytes {
  readonly buffer: ArrayBufferLike
  readonly start: number
  readonly rowBytes: number
  readonly rows: number
  readonly stride: number
}

function planeBytes({ data, stride }: Plane, { rowBytes, rows }: PlaneSize): Bytes {
  return { buffer: data.buffer, start: data.byteOffset, rowBytes, rows, stride }
}

/** Whether two planes share a byte that is a pixel; rows that interleave (two halves of one canvas) do not. */
function overlap(p: Bytes, q: Bytes): boolean {
  if (p.buffer !== q.buffer) return false
  const [a, b] = p.start <= q.start ? [p, q] : [q, p]
  const distance = b.start - a.start
  if (distance >= a.stride * (a.rows - 1) + a.rowBytes) return false
  if (a.stride !== b.stride) return true
  const column = distance % a.stride
  return column < a.rowBytes || column + b.rowBytes > a.stride
}

function imageBytes(image: RawImage): readonly Bytes[] {
  const sizes = planeSizes(image.format, image.width, image.height)
  return image.planes.map((plane, index) => planeBytes(plane, sizes[index]!))
}

function arrayBytes(data: ArrayBufferView): Bytes {
  return { buffer: data.buffer, start: data.byteOffset, rowBytes: data.byteLength, rows: 1, stride: data.byteLength }
}

/** Throws IMAGE_INVALID where a byte that is read is also a byte that is written, or two planes of the target share one. */
export function checkNoOverlap(source: RawImage | ArrayBufferView, target: RawImage | ArrayBufferView): void {
  const read = 'format' in source ? imageBytes(source) : [arrayBytes(source)]
  const written = 'format' in target ? imageBytes(target) : [arrayBytes(target)]
  if (read.some((p) => written.some((q) => overlap(p, q)))) {
    throw new I2iError(
      'IMAGE_INVALID',
      'Source and target share memory; write into another buffer, or copy the source first.',
    )
  }
  if (written.some((p, i) => written.some((q, j) => i < j && overlap(p, q)))) {
    throw new I2iError('IMAGE_INVALID', 'Two planes of the target share memory; give each plane bytes of its own.')
  }
}

/** What convert and unpack are asked for. */
export interface TargetRequest {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly colorSpace?: ColorSpaceInit | undefined
  /** Whose colour space is kept where the request names none. */
  readonly source?: Pick<Described, 'format' | 'colorSpace'>
}

/** What a picture says of itself, wherever its pixels are. */
interface Described {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly colorSpace: ColorSpace
}

/**
 * The picture to write: `into`, checked against the request, or a new one. What of the colour space the request leaves open is `into`'s
 * own where it was said, else the source's. Throws OPTION_INVALID, SHAPE_MISMATCH (size) or IMAGE_INVALID (planes).
 */
export function targetImage(request: TargetRequest, into: RawImage | undefined): RawImage {
  const { format, width, height } = request
  if (into === undefined) {
    const colorSpace = newTargetSpace(request)
    return { ...createImage(format, width, height), colorSpace }
  }
  checkTargetFormat(format)
  checkImage(into, 'into')
  return agreeTarget(request, into)
}

/** The colour space of a new picture as requested. Throws OPTION_INVALID. */
export function newTargetSpace({ format, width, height, colorSpace, source }: TargetRequest): ColorSpace {
  checkTargetFormat(format)
  return targetColorSpace(format, width, height, colorSpace, source)
}

/** `into`, in the colour space that it is to be written in; throws where it is not what was asked for. */
export function agreeTarget<T extends Described>(request: TargetRequest, into: T): T {
  const { format, width, height, colorSpace: asked } = request
  if (into.format !== format) {
    throw new I2iError(
      'OPTION_INVALID',
      `into is ${into.format}, asked for is ${format}; give an image of that format.`,
      {
        details: { into: into.format, format },
      },
    )
  }
  if (into.width !== width || into.height !== height) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `into is ${into.width}x${into.height}, the result is ${width}x${height}; give one of that size.`,
      {
        details: { into: [into.width, into.height], result: [width, height] },
      },
    )
  }
  const source = into.colorSpace.assumed ? request.source : into
  const colorSpace = targetColorSpace(format, width, height, asked, source)
  if (sameColorSpace(colorSpace, into.colorSpace)) return into
  if (into.colorSpace.assumed) return { ...into, colorSpace }
  throw new I2iError(
    'OPTION_INVALID',
    `into is ${into.colorSpace.matrix} ${into.colorSpace.fullRange ? 'full' : 'limited'}, asked for is ${colorSpace.matrix} ${colorSpace.fullRange ? 'full' : 'limited'}; make them agree.`,
    { details: { into: into.colorSpace, colorSpace } },
  )
}

function checkTargetFormat(format: PixelFormat): void {
  if (typeof format !== 'string') {
    throw new I2iError('OPTION_INVALID', `format is ${String(format)}; name the pixel format of the result.`)
  }
  try {
    checkSize(format, 1, 1)
  } catch {
    throw new I2iError('OPTION_INVALID', `format is ${String(format)}; name a pixel format such as RGBA or I420.`, {
      details: { format },
    })
  }
}

/** Throws OPTION_INVALID unless the chroma options of a conversion are known ones. */
export function checkChroma(chroma: { readonly up?: string; readonly down?: string } | undefined): void {
  if (chroma?.up !== undefined && chroma.up !== 'nearest' && chroma.up !== 'linear') {
    throw new I2iError('OPTION_INVALID', `chroma.up is ${chroma.up}; use nearest or linear.`, {
      details: { up: chroma.up },
    })
  }
  if (chroma?.down !== undefined && chroma.down !== 'mean' && chroma.down !== 'cosited') {
    throw new I2iError('OPTION_INVALID', `chroma.down is ${chroma.down}; use mean or cosited.`, {
      details: { down: chroma.down },
    })
  }
}
