import { type Affine, I2iError, type PackOptions, type Rect, type Resampling } from '@i2i/color'
import type { ModelManifest } from './manifest.js'

export interface Size {
  readonly width: number
  readonly height: number
}

/** How a part of a source becomes the model's input, and whether that resizes it. */
export interface InputGeometry {
  /** The model input's size. */
  readonly size: Size
  readonly pack: PackOptions
  /** How a result is resampled on its way back. */
  readonly resampling: Resampling
  /** Says what was done to the size; absent when every pixel stays where it is. */
  readonly resize?: { readonly choice: string; readonly reason: string }
}

/** Fixed-size models: the region is fitted as the manifest declares. Others: extended to a multiple, and shrunk above maxPixels, or as often as `halvings` says. */
export function inputGeometry(manifest: ModelManifest, region: Rect, halvings = 0): InputGeometry {
  const declared = manifest.resize as Resampling | undefined
  const { size } = manifest.input
  if ('width' in size) {
    const { width, height } = size
    const pack = { crop: region, ...declared }
    const same = width === region.width && height === region.height
    const geometry = { size: { width, height }, pack, resampling: kernelOf(declared) }
    if (same) return geometry
    const how = `${declared?.fit ?? 'stretch'}, ${declared?.kernel ?? 'default kernel'}`
    return {
      ...geometry,
      resize: {
        choice: `${sizeText(region)} -> ${sizeText(size)} (${how})`,
        reason: "the model's input size is fixed",
      },
    }
  }
  const most = Math.min(size.maxPixels ?? Number.POSITIVE_INFINITY, region.width * region.height)
  const { inner, extended } = shrunk(region, Math.max(1, Math.floor(most / 2 ** halvings)), size)
  const affine: Affine = [region.width / inner.width, 0, region.x, 0, region.height / inner.height, region.y]
  // Extension to the right and bottom replicates the edge whatever the manifest's pad: a border of another colour would bleed into the picture.
  const pack = { crop: region, affine, ...kernelOf(declared) }
  const geometry = { size: extended, pack, resampling: kernelOf(declared) }
  if (inner.width === region.width && inner.height === region.height) return geometry
  return {
    ...geometry,
    resize: {
      choice: `${sizeText(region)} -> ${sizeText(inner)}`,
      reason: halvings ? "to keep a stream's budgetMs" : `above the manifest's maxPixels of ${size.maxPixels}`,
    },
  }
}

/** The part of a source to translate, in whole pixels. @throws OPTION_INVALID */
export function sourceRegion(source: Size, crop: Rect | undefined): Rect {
  if (!crop) return { x: 0, y: 0, width: source.width, height: source.height }
  const { x, y, width, height } = crop
  const whole = [x, y, width, height].every(Number.isInteger)
  const inside = x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= source.width && y + height <= source.height
  if (whole && inside) return { x, y, width, height }
  throw new I2iError(
    'OPTION_INVALID',
    `crop ${width}x${height} at (${x}, ${y}) is not a part of the ${sizeText(source)} picture; give whole pixels inside it`,
    { details: { crop, source: { width: source.width, height: source.height } } },
  )
}

/** The size of an output picture: the region's times the output's declared scale. */
export function resultSize(region: Size, scale: number): Size {
  return {
    width: Math.max(1, Math.round(region.width * scale)),
    height: Math.max(1, Math.round(region.height * scale)),
  }
}

/** Turns "input tensor pixel -> source pixel" into "output tensor pixel -> result pixel". */
export function outputTransform(
  input: Affine,
  from: { tensor: Size; region: Rect },
  to: { tensor: Size; result: Size },
): Affine {
  const [a, b, c, d, e, f] = input
  const tensorX = to.tensor.width / from.tensor.width
  const tensorY = to.tensor.height / from.tensor.height
  const resultX = to.result.width / from.region.width
  const resultY = to.result.height / from.region.height
  return [
    (a * resultX) / tensorX,
    (b * resultX) / tensorY,
    (c - from.region.x) * resultX,
    (d * resultY) / tensorX,
    (e * resultY) / tensorY,
    (f - from.region.y) * resultY,
  ]
}

function kernelOf(declared: Resampling | undefined): Resampling {
  return {
    ...(declared?.kernel && { kernel: declared.kernel }),
    ...(declared?.antialias !== undefined && { antialias: declared.antialias }),
  }
}

/** A region in at most so many pixels and, where that makes it smaller at all, within maxPixels once it is extended too. */
function shrunk(
  region: Size,
  pixels: number,
  size: { readonly multipleOf: number; readonly maxPixels?: number },
): { inner: Size; extended: Size } {
  const inner = withinPixels(region, pixels)
  const extended = { width: roundUp(inner.width, size.multipleOf), height: roundUp(inner.height, size.multipleOf) }
  // Without a maxPixels nothing is too large.
  const large = inner !== region && extended.width * extended.height > (size.maxPixels ?? Number.NaN)
  return large ? shrunk(region, Math.floor(pixels * 0.99), size) : { inner, extended }
}

function withinPixels(region: Size, maxPixels: number): Size {
  const pixels = region.width * region.height
  if (pixels <= maxPixels) return region
  const scale = Math.sqrt(maxPixels / pixels)
  // A strip one pixel wide cannot shrink that way: the other side makes up for it.
  const width = Math.min(Math.max(1, Math.floor(region.width * scale)), maxPixels)
  const height = Math.min(Math.max(1, Math.floor(region.height * scale)), Math.floor(maxPixels / width))
  return { width: Math.min(width, Math.floor(maxPixels / height)), height }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}

function sizeText(size: Size): string {
  return `${size.width}x${size.height}`
}
