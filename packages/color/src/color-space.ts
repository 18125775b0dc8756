import { I2iError, type I2iErrorCode } from './error.js'
import type { ColorSpace, ColorSpaceInit, PixelFormat } from './types.js'

export type YuvMatrix = Exclude<ColorSpace['matrix'], 'rgb'>

/** Luma weights of red and blue: ITU-R BT.601-7, BT.709-6, BT.2020-2 (non-constant luminance). Green has the rest. */
export const lumaWeights: Readonly<Record<YuvMatrix, { readonly kr: number; readonly kb: number }>> = {
  smpte170m: { kr: 0.299, kb: 0.114 },
  bt470bg: { kr: 0.299, kb: 0.114 },
  bt709: { kr: 0.2126, kb: 0.0722 },
  'bt2020-ncl': { kr: 0.2627, kb: 0.0593 },
}

/** One YUV space in numbers: y = a(Y - o), u = c(U - 128), v = c(V - 128), on a scale where white is 255. */
export interface YuvCoefficients {
  readonly kr: number
  readonly kg: number
  readonly kb: number
  readonly a: number
  readonly c: number
  readonly o: number
}

/** The coefficients of a YUV (or GRAY) colour space; `rgb` has none and throws OPTION_INVALID. */
export function yuvCoefficients(space: ColorSpace): YuvCoefficients {
  if (space.matrix === 'rgb') {
    throw new I2iError('OPTION_INVALID', `Matrix 'rgb' has no luma; name one of ${yuvMatrices.join(', ')}.`)
  }
  const { kr, kb } = lumaWeights[space.matrix]
  const range = space.fullRange ? { a: 1, c: 1, o: 0 } : { a: 255 / 219, c: 255 / 224, o: 16 }
  return { kr, kg: 1 - kr - kb, kb, ...range }
}

/** What luma means where nobody said otherwise: GRAY's weights, and the `Y` tensor channel of an RGB picture. */
export const defaultLuma: ColorSpace = { matrix: 'smpte170m', fullRange: false }

const yuvMatrices: readonly YuvMatrix[] = ['smpte170m', 'bt470bg', 'bt709', 'bt2020-ncl']

/** The three kinds of pixel format, each with its own rule for colour spaces. */
export type ColorFamily = 'rgb' | 'gray' | 'yuv'

/** Whether a format stores RGB, full-range luma alone, or 4:2:0 YUV. */
export function colorFamily(format: PixelFormat): ColorFamily {
  switch (format) {
    case 'RGBA':
    case 'BGRA':
    case 'RGB':
    case 'BGR':
      return 'rgb'
    case 'GRAY':
      return 'gray'
    case 'I420':
    case 'NV12':
    case 'NV21':
      return 'yuv'
    default:
      return format satisfies never
  }
}

/** Whether two spaces store the same numbers for the same colour (names of primaries and transfer are labels alone). */
export function sameColorSpace(a: ColorSpace, b: ColorSpace): boolean {
  if (a.fullRange !== b.fullRange) return false
  if (a.matrix === 'rgb' || b.matrix === 'rgb') return a.matrix === b.matrix
  const [p, q] = [lumaWeights[a.matrix], lumaWeights[b.matrix]]
  return p.kr === q.kr && p.kb === q.kb
}

function isYuvMatrix(name: string): name is YuvMatrix {
  return Object.hasOwn(lumaWeights, name)
}

/**
 * The colour space of a picture of this format and size. YUV that does not say is bt709 when width >= 1280 or height > 576, else
 * smpte170m, and limited range (marked `assumed`); RGB is full range; GRAY is full-range luma, smpte170m unless said.
 * Throws `code` where the format and the space contradict each other, or a name is unknown.
 */
export function resolveColorSpace(
  format: PixelFormat,
  width: number,
  height: number,
  init: ColorSpaceInit | undefined,
  code: I2iErrorCode = 'IMAGE_INVALID',
): ColorSpace {
  const matrix = init?.matrix ?? undefined
  const fullRange = init?.fullRange ?? undefined
  const refuse = (problem: string): I2iError =>
    new I2iError(code, problem, { details: { format, colorSpace: { matrix, fullRange } } })
  if (init !== undefined && (typeof init !== 'object' || init === null)) {
    throw refuse(`colorSpace is ${String(init)}; give an object such as { matrix: 'bt709', fullRange: false }.`)
  }
  if (fullRange !== undefined && typeof fullRange !== 'boolean') {
    throw refuse(`colorSpace.fullRange is ${String(fullRange)}; give true, false or null.`)
  }
  const labels = colorLabels(init, refuse)
  const family = colorFamily(format)
  if (family === 'rgb') {
    if (matrix !== undefined && matrix !== 'rgb') {
      throw refuse(`${format} cannot have the matrix '${matrix}'; leave it out, or give a YUV format.`)
    }
    if (fullRange === false) throw refuse(`${format} is full range; leave fullRange out, or expand the pixels first.`)
    return { matrix: 'rgb', fullRange: true, ...labels }
  }
  if (matrix !== undefined && !isYuvMatrix(matrix)) {
    throw refuse(`${format} cannot have the matrix '${String(matrix)}'; name one of ${yuvMatrices.join(', ')}.`)
  }
  if (family === 'gray') {
    if (fullRange === false) throw refuse('GRAY is full-range luma; leave fullRange out, or pass limited luma as I420.')
    return { matrix: matrix ?? defaultLuma.matrix, fullRange: true, ...labels }
  }
  const ruled = width >= 1280 || height > 576 ? 'bt709' : 'smpte170m'
  const space: ColorSpace = { matrix: matrix ?? ruled, fullRange: fullRange ?? false, ...labels }
  // A picture that was labelled by this rule stays so when it is checked again.
  const ruledBefore = init !== undefined && 'assumed' in init && init.assumed === true
  return matrix === undefined || fullRange === undefined || ruledBefore ? { ...space, assumed: true } : space
}

function colorLabels(
  init: ColorSpaceInit | undefined,
  refuse: (problem: string) => I2iError,
): { primaries?: string; transfer?: string } {
  const labels: { primaries?: string; transfer?: string } = {}
  for (const key of ['primaries', 'transfer'] as const) {
    const name = init?.[key] ?? undefined
    if (name === undefined) continue
    if (typeof name !== 'string') throw refuse(`colorSpace.${key} is ${String(name)}; give a WebCodecs name or null.`)
    labels[key] = name
  }
  return labels
}

/**
 * The colour space of a conversion's result. Each part is what was asked for, else the source's where that fits the target's family, else
 * by the rule for unlabelled pictures. Primaries and transfer follow the source: no operation here changes them. Throws OPTION_INVALID.
 */
export function targetColorSpace(
  format: PixelFormat,
  width: number,
  height: number,
  asked: ColorSpaceInit | undefined,
  source?: { readonly format: PixelFormat; readonly colorSpace: ColorSpace },
): ColorSpace {
  const from = source?.colorSpace
  const labels: ColorSpaceInit = {
    primaries: asked?.primaries ?? from?.primaries ?? null,
    transfer: asked?.transfer ?? from?.transfer ?? null,
  }
  if (asked !== undefined && typeof asked !== 'object') {
    throw new I2iError('OPTION_INVALID', `colorSpace is ${String(asked)}; give an object such as { matrix: 'bt709' }.`)
  }
  const init = { ...inherited(format, source), ...said(asked), ...labels }
  return resolveColorSpace(format, width, height, init, 'OPTION_INVALID')
}

/** What a result of this format keeps of its source's colour space. */
function inherited(
  format: PixelFormat,
  source: { readonly format: PixelFormat; readonly colorSpace: ColorSpace } | undefined,
): ColorSpaceInit {
  if (source === undefined) return {}
  const [family, origin] = [colorFamily(format), colorFamily(source.format)]
  if (family === origin) return source.colorSpace
  // Luma taken from YUV keeps the weights it was made with.
  return family === 'gray' && origin === 'yuv' ? { matrix: source.colorSpace.matrix } : {}
}

/** The parts that are named: null and absent mean "not said". Where both are, `assumed` is what they say of themselves, not the source's. */
function said(asked: ColorSpaceInit | undefined): ColorSpaceInit {
  const { matrix, fullRange, assumed } = (asked ?? {}) as Partial<ColorSpace>
  const named = (value: unknown): boolean => value !== undefined && value !== null
  return {
    ...(named(matrix) && { matrix }),
    ...(named(fullRange) && { fullRange }),
    ...(named(matrix) && named(fullRange) && { assumed }),
  }
}
