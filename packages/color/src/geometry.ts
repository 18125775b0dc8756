import { invertAffine, isAxisAligned, pixelPermutation, snap } from './affine.js'
import { I2iError } from './error.js'
import type { Affine, PackOptions, Rect, Resampling, UnpackOptions } from './types.js'

/** Half-open integer rectangle: x0 <= x < x1, y0 <= y < y1. */
export interface Bounds {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** All that an engine needs to know to resample one picture into a grid of target pixels. */
export interface SamplingPlan {
  /** The target grid. */
  readonly width: number
  readonly height: number
  /** Target pixel -> source pixel, both in pixel-centre coordinates. */
  readonly map: Affine
  /** The source pixels that may be read; beyond them the edge is replicated (antialias: for centres inside, left out and the rest renormalised). */
  readonly bounds: Bounds
  /** The target pixels that hold picture; the rest is `pad`. The whole target but for `contain` with a numeric pad. */
  readonly inner: Bounds
  readonly kernel: 'nearest' | 'bilinear' | 'bicubic' | 'area'
  readonly antialias: boolean
  /** The map is a shift, mirror or quarter turn from pixel centre to pixel centre: no kernel runs. */
  readonly exact: boolean
  readonly chroma: 'nearest' | 'linear'
  /** Red, green, blue, alpha of 0..255 for what lies outside; `edge` replicates. */
  readonly pad: 'edge' | readonly [r: number, g: number, b: number, a: number]
  /** Whether a target pixel whose source point lies outside `bounds` becomes `pad` (an affine with a numeric pad). */
  readonly padOutside: boolean
}

const kernels = ['nearest', 'bilinear', 'bicubic', 'area'] as const
const fits = ['stretch', 'contain', 'cover'] as const

function refuse(option: string, value: unknown, remedy: string): I2iError {
  return new I2iError('OPTION_INVALID', `${option} is ${JSON.stringify(value) ?? String(value)}; ${remedy}.`, {
    details: { [option]: value },
  })
}

function checkResampling({ kernel, antialias, fit, pad }: Resampling): void {
  if (kernel !== undefined && !kernels.includes(kernel))
    throw refuse('kernel', kernel, `use one of ${kernels.join(', ')}`)
  if (fit !== undefined && !fits.includes(fit)) throw refuse('fit', fit, `use one of ${fits.join(', ')}`)
  if (antialias !== undefined && typeof antialias !== 'boolean')
    throw refuse('antialias', antialias, 'use true or false')
  if (pad === undefined || pad === 'edge') return
  if (!Array.isArray(pad) || ![1, 3, 4].includes(pad.length)) {
    throw refuse('pad', pad, "use 'edge', one grey value, or red, green, blue and perhaps alpha")
  }
  if (!pad.every((value) => value >= 0 && value <= 255)) throw refuse('pad', pad, 'use pixel values of 0 to 255')
}

function padColor(pad: Resampling['pad']): SamplingPlan['pad'] {
  if (pad === undefined || pad === 'edge') return 'edge'
  const [r = 0, g = r, b = r, a = 255] = pad
  return [r, g, b, a]
}

function checkAffine(option: string, map: Affine): void {
  const whole = Array.isArray(map) && map.length === 6 && map.every((value) => Number.isFinite(value))
  if (!whole) throw refuse(option, map, 'give six finite numbers [a, b, c, d, e, f]')
}

/** The pixels that a rectangle touches; rounding noise does not touch one more. */
function touched({ x, y, width, height }: Rect): Bounds {
  return {
    x0: Math.floor(snap(x)),
    y0: Math.floor(snap(y)),
    x1: Math.ceil(snap(x + width)),
    y1: Math.ceil(snap(y + height)),
  }
}

function checkCrop(crop: Rect, image: Size): void {
  if (typeof crop !== 'object' || crop === null) throw refuse('crop', crop, 'give a rectangle { x, y, width, height }')
  const { x, y, width, height } = crop
  const finite = [x, y, width, height].every((value) => Number.isFinite(value))
  const inside = x >= 0 && y >= 0 && snap(x + width) <= image.width && snap(y + height) <= image.height
  if (finite && width > 0 && height > 0 && inside) return
  throw refuse('crop', crop, `give a rectangle of positive size inside the ${image.width}x${image.height} image`)
}

function fitInto(region: Rect, target: Size, fit: NonNullable<Resampling['fit']>): { map: Affine; inner: Bounds } {
  const whole: Bounds = { x0: 0, y0: 0, x1: target.width, y1: target.height }
  switch (fit) {
    case 'stretch':
      return {
        map: [region.width / target.width, 0, region.x, 0, region.height / target.height, region.y],
        inner: whole,
      }
    case 'contain': {
      const scale = Math.min(target.width / region.width, target.height / region.height)
      const width = Math.min(target.width, Math.max(1, Math.round(region.width * scale)))
      const height = Math.min(target.height, Math.max(1, Math.round(region.height * scale)))
      const x0 = Math.floor((target.width - width) / 2)
      const y0 = Math.floor((target.height - height) / 2)
      const [a, e] = [region.width / width, region.height / height]
      return {
        map: [a, 0, region.x - x0 * a, 0, e, region.y - y0 * e],
        inner: { x0, y0, x1: x0 + width, y1: y0 + height },
      }
    }
    case 'cover': {
      const scale = Math.min(region.width / target.width, region.height / target.height)
      return {
        map: [
          scale,
          0,
          region.x + (region.width - target.width * scale) / 2,
          0,
          scale,
          region.y + (region.height - target.height * scale) / 2,
        ],
        inner: whole,
      }
    }
    default:
      return fit satisfies never
  }
}

function finishPlan(
  target: Size,
  geometry: { map: Affine; inner?: Bounds; bounds: Bounds; padOutside: boolean },
  options: Resampling,
  chroma: SamplingPlan['chroma'] = 'nearest',
): SamplingPlan {
  const whole: Bounds = { x0: 0, y0: 0, x1: target.width, y1: target.height }
  const permutation = pixelPermutation(geometry.map)
  const map = permutation ?? geometry.map
  const upright = isAxisAligned(map)
  const shrinks = Math.max(Math.abs(map[0]), Math.abs(map[4])) > 2
  const kernel = options.kernel ?? (upright && shrinks ? 'area' : 'bilinear')
  if (!upright && kernel === 'area')
    throw refuse('kernel', kernel, 'a rotation or shear takes nearest, bilinear or bicubic')
  if (!upright && options.antialias) throw refuse('antialias', true, 'leave it out with a rotation or shear')
  const pad = padColor(options.pad)
  return {
    width: target.width,
    height: target.height,
    map,
    bounds: geometry.bounds,
    inner: pad === 'edge' ? whole : (geometry.inner ?? whole),
    kernel,
    antialias: options.antialias ?? false,
    exact: permutation !== undefined,
    chroma,
    pad,
    padOutside: geometry.padOutside && pad !== 'edge',
  }
}

/** How an image becomes a tensor's pixels; throws OPTION_INVALID, naming the option. Affine replaces `fit`; the crop bounds what is read. */
export function planPack(image: Size, tensor: Size, options: PackOptions = {}): SamplingPlan {
  checkResampling(options)
  const { crop, affine, chroma } = options
  if (chroma !== undefined && chroma !== 'nearest' && chroma !== 'linear')
    throw refuse('chroma', chroma, 'use nearest or linear')
  if (crop !== undefined) checkCrop(crop, image)
  const region = crop ?? { x: 0, y: 0, width: image.width, height: image.height }
  const bounds = touched(region)
  if (affine === undefined) {
    return finishPlan(
      tensor,
      { ...fitInto(region, tensor, options.fit ?? 'stretch'), bounds, padOutside: false },
      options,
      chroma,
    )
  }
  checkAffine('affine', affine)
  return finishPlan(tensor, { map: affine, bounds, padOutside: true }, options, chroma)
}

/**
 * How a tensor's pixels become an image of `target` size; throws OPTION_INVALID. With `transform` (tensor pixel -> image pixel) the
 * geometry is undone: only the tensor pixels that the target covers are read, so that what was padding never bleeds into the picture.
 */
export function planUnpack(tensor: Size, target: Size, options: UnpackOptions): SamplingPlan {
  checkResampling(options)
  const whole: Bounds = { x0: 0, y0: 0, x1: tensor.width, y1: tensor.height }
  if (options.transform === undefined) {
    const fitted = fitInto({ x: 0, y: 0, ...tensor }, target, options.fit ?? 'stretch')
    return finishPlan(target, { ...fitted, bounds: whole, padOutside: false }, options)
  }
  checkAffine('transform', options.transform)
  const map = invertAffine(options.transform)
  if (map === undefined)
    throw refuse('transform', options.transform, 'a map that flattens the picture cannot be undone')
  return finishPlan(target, { map, bounds: covered(map, target, whole), padOutside: true }, options)
}

/** The pixels of `whole` that the target's rectangle covers; all of them where it covers none. */
function covered([a, b, c, d, e, f]: Affine, { width, height }: Size, whole: Bounds): Bounds {
  const x = c + Math.min(0, a * width) + Math.min(0, b * height)
  const y = f + Math.min(0, d * width) + Math.min(0, e * height)
  const box = touched({
    x,
    y,
    width: Math.abs(a) * width + Math.abs(b) * height,
    height: Math.abs(d) * width + Math.abs(e) * height,
  })
  const bounds: Bounds = {
    x0: Math.max(whole.x0, box.x0),
    y0: Math.max(whole.y0, box.y0),
    x1: Math.min(whole.x1, box.x1),
    y1: Math.min(whole.y1, box.y1),
  }
  return bounds.x0 < bounds.x1 && bounds.y0 < bounds.y1 ? bounds : whole
}
