import { openColorEngine, type RawImage } from '@i2i/core'

/** A picture as float planes in 8-bit steps; NaN marks a sample that is not known. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly planes: readonly [Float32Array, Float32Array, Float32Array]
  readonly alpha?: Float32Array
}

/** Any RawImage as straight RGB planes and its alpha. */
export async function readPicture(image: RawImage): Promise<Picture> {
  using engine = await openColorEngine()
  const { width, height, planes } = engine.convert(image, { format: 'RGBA' })
  const { data, stride } = planes[0]!
  const alpha = new Float32Array(width * height)
  const picture = blank(width, height)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = y * stride + x * 4
      for (let c = 0; c < 3; c++) picture.planes[c]![i] = data[at + c]!
      alpha[i] = data[at + 3]!
    }
  }
  return { ...picture, alpha }
}

/** A picture of zeros. */
export function blank(width: number, height: number): Picture {
  const plane = (): Float32Array => new Float32Array(width * height)
  return { width, height, planes: [plane(), plane(), plane()] }
}

/** The picture made of each plane by one function. */
export function mapPlanes(
  picture: Picture,
  map: (plane: Float32Array, channel: number) => Float32Array,
  size: { readonly width: number; readonly height: number } = picture,
): Picture {
  const [r, g, b] = picture.planes
  return { width: size.width, height: size.height, planes: [map(r, 0), map(g, 1), map(b, 2)] }
}

/** Mean over boxes, onto width x height samples that are no more than the picture's own; unknown samples are left out. */
export function shrink(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture
  const columns = Uint16Array.from({ length: picture.width }, (_, x) => Math.floor((x * width) / picture.width))
  return mapPlanes(
    picture,
    (plane) => {
      const sums = new Float32Array(width * height)
      const counts = new Float32Array(width * height)
      for (let y = 0, i = 0; y < picture.height; y++) {
        const row = Math.floor((y * height) / picture.height) * width
        for (let x = 0; x < picture.width; x++, i++) {
          const value = plane[i]!
          if (Number.isNaN(value)) continue
          const at = row + columns[x]!
          sums[at]! += value
          counts[at]! += 1
        }
      }
      return sums.map((sum, at) => sum / counts[at]!)
    },
    { width, height },
  )
}

/** Binomial (1 2 1)/4 blur along both axes; an unknown sample makes its neighbours unknown. */
export function blur(picture: Picture): Picture {
  const { width, height } = picture
  return mapPlanes(picture, (plane) => {
    const rows = new Float32Array(plane.length)
    for (let y = 0; y < height; y++) {
      for (let x = 0, i = y * width; x < width; x++, i++) {
        rows[i] = (plane[x > 0 ? i - 1 : i]! + 2 * plane[i]! + plane[x < width - 1 ? i + 1 : i]!) / 4
      }
    }
    const result = new Float32Array(plane.length)
    for (let y = 0; y < height; y++) {
      const [up, down] = [y > 0 ? -width : 0, y < height - 1 ? width : 0]
      for (let x = 0, i = y * width; x < width; x++, i++) {
        result[i] = (rows[i + up]! + 2 * rows[i]! + rows[i + down]!) / 4
      }
    }
    return result
  })
}

/**
 * What shrinking and enlarging do on average: two triangles of the given reach, in samples, along each axis; rims are repeated.
 * Alpha stays as it is.
 */
export function smear(picture: Picture, reachX: number, reachY: number): Picture {
  const { width, height } = picture
  const smeared = mapPlanes(picture, (plane) => {
    const rows = filterLines(plane, width, height, [1, width], triangles(reachX))
    return filterLines(rows, height, width, [width, 1], triangles(reachY))
  })
  return picture.alpha ? { ...smeared, alpha: picture.alpha } : smeared
}

/** Weights of a triangle convolved with itself, the middle one first. */
function triangles(reach: number): Float64Array {
  const size = Math.ceil(Math.max(1, reach))
  const one = Array.from({ length: 2 * size + 1 }, (_, i) => Math.max(0, 1 - Math.abs(i - size) / Math.max(1, reach)))
  const both = Float64Array.from({ length: 2 * size + 1 }, (_, shift) =>
    one.reduce((sum, weight, i) => sum + weight * (one[i + shift] ?? 0), 0),
  )
  const total = both.reduce((sum, weight, i) => sum + (i > 0 ? 2 : 1) * weight, 0)
  return both.map((weight) => weight / total)
}

function filterLines(
  plane: Float32Array,
  length: number,
  count: number,
  [step, line]: readonly [number, number],
  weights: Float64Array,
): Float32Array {
  const result = new Float32Array(plane.length)
  const last = length - 1
  for (let l = 0; l < count; l++) {
    for (let i = 0; i < length; i++) {
      let sum = weights[0]! * plane[l * line + i * step]!
      for (let k = 1; k < weights.length; k++) {
        const [low, high] = [Math.max(i - k, 0), Math.min(i + k, last)]
        sum += weights[k]! * (plane[l * line + low * step]! + plane[l * line + high * step]!)
      }
      result[l * line + i * step] = sum
    }
  }
  return result
}
