import { mapPlanes, type Picture } from './picture.js'
import type { Placement } from './register.js'

/** Even bars at the rim of a picture, in pixels, and the picture with them marked unknown. */
export interface Bars {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly masked: Picture
  /** The picture with its bars. */
  readonly whole: Picture
  /** The placement that puts the whole sent picture between the bars; undefined without bars. */
  readonly content?: Placement
}

/** Finds bars of one colour that the sent picture does not have itself. */
export function contentOf(received: Picture, sent: Picture): Bars {
  const own = measure(sent)
  const found = measure(received)
  const { width, height } = received
  const none = { left: 0, right: 0, top: 0, bottom: 0, masked: received, whole: received }
  const has = (side: 'left' | 'right' | 'top' | 'bottom'): boolean => found[side] >= 2
  const sides = [has('left'), has('right'), has('top'), has('bottom')]
  if (Math.max(own.left, own.right, own.top, own.bottom) >= 2 || !sides.includes(true)) return none
  const [left, right, top, bottom] = [found.left, found.right, found.top, found.bottom].map((n, i) =>
    sides[i] ? n : 0,
  )
  const [w, h] = [width - left! - right!, height - top! - bottom!]
  if (w < width * 0.2 || h < height * 0.2) return none
  const masked = mapPlanes(received, (plane) =>
    plane.map((value, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      const inside = x >= left! && x < width - right! && y >= top! && y < height - bottom!
      return inside ? value : Number.NaN
    }),
  )
  return {
    left: left!,
    right: right!,
    top: top!,
    bottom: bottom!,
    masked: received.alpha ? { ...masked, alpha: received.alpha } : masked,
    whole: received,
    content: { ax: width / w, cx: -left! / w, ay: height / h, cy: -top! / h },
  }
}

function measure(picture: Picture): { left: number; right: number; top: number; bottom: number } {
  const { width, height } = picture
  const count = (
    lines: number,
    reference: number,
    index: (line: number) => readonly [start: number, step: number, n: number],
  ): number => {
    for (let line = 0; line < lines; line++) if (!even(picture, reference, ...index(line))) return line
    return lines
  }
  const last = width * height - 1
  return {
    left: count(width, 0, (x) => [x, width, height]),
    right: count(width, last, (x) => [width - 1 - x, width, height]),
    top: count(height, 0, (y) => [y * width, 1, width]),
    bottom: count(height, last, (y) => [(height - 1 - y) * width, 1, width]),
  }
}

// Against one corner's colour, so that a ramp is no bar.
function even(picture: Picture, reference: number, start: number, step: number, n: number): boolean {
  for (const plane of picture.planes) {
    const expected = plane[reference]!
    for (let k = 0, i = start; k < n; k++, i += step) if (!(Math.abs(plane[i]! - expected) <= 5)) return false
  }
  return true
}

/** The picture with samples of exactly 0 marked unknown, where the sent one has few: NaN is shown as 0, and so is padding. */
export function hideZeros(received: Picture, sent: Picture): Picture {
  const dark = (picture: Picture): number => {
    const { planes } = picture
    let count = 0
    for (let i = 0; i < planes[0].length; i++)
      if (planes[0][i] === 0 || planes[1][i] === 0 || planes[2][i] === 0) count++
    return count / planes[0].length
  }
  const share = dark(received)
  if (share === 0 || share > 0.6 || dark(sent) > 0.005) return received
  const [r, g, b] = received.planes
  const hidden = mapPlanes(received, (plane) =>
    plane.map((value, i) => (r[i] === 0 || g[i] === 0 || b[i] === 0 ? Number.NaN : value)),
  )
  return received.alpha ? { ...hidden, alpha: received.alpha } : hidden
}
