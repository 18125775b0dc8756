import { blank, type Picture } from './picture.js'
import type { Placement } from './register.js'

/** Sent pixels between received ones, and the sent pixel coordinate that the middle of the received picture shows, less its own. */
export interface PixelScale {
  readonly scaleX: number
  readonly scaleY: number
  /** Displacement in sent pixels at the left, right, top and bottom edge. */
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** A placement in pixels of the sent picture. */
export function inPixels(
  { ax, cx, ay, cy }: Placement,
  sent: { readonly width: number; readonly height: number },
  received: { readonly width: number; readonly height: number },
): PixelScale {
  return {
    scaleX: (ax * sent.width) / received.width,
    scaleY: (ay * sent.height) / received.height,
    left: cx * sent.width,
    right: (ax + cx - 1) * sent.width,
    top: cy * sent.height,
    bottom: (ay + cy - 1) * sent.height,
  }
}

/**
 * Whole-pixel placements near one that was found: one pixel to one, moved by whole pixels, or not moved at all. A placement that
 * is within a sixth of a pixel of no movement is taken for it by `near`; others must prove themselves.
 */
export function wholePlacements(
  placement: Placement,
  sent: Size,
  received: Size,
): readonly { readonly placement: Placement; readonly near: boolean }[] {
  const { left, right, top, bottom, scaleX, scaleY } = inPixels(placement, sent, received)
  const x = wholeAxis(left, right, scaleX, sent.width, received.width)
  const y = wholeAxis(top, bottom, scaleY, sent.height, received.height)
  const result = []
  const [ax, cx, ay, cy] = [placement.ax, placement.cx, placement.ay, placement.cy]
  if (x && y) result.push({ placement: { ax: x.a, cx: x.c, ay: y.a, cy: y.c }, near: x.near && y.near })
  if (x?.near) result.push({ placement: { ax: x.a, cx: x.c, ay, cy }, near: true })
  if (y?.near) result.push({ placement: { ax, cx, ay: y.a, cy: y.c }, near: true })
  return result
}

interface Size {
  readonly width: number
  readonly height: number
}

function wholeAxis(
  first: number,
  last: number,
  scale: number,
  from: number,
  to: number,
): { a: number; c: number; near: boolean } | undefined {
  if (Math.abs(first) < 0.16 && Math.abs(last) < 0.16) return { a: 1, c: 0, near: true }
  const middle = first + ((scale - 1) * to) / 2
  const whole = Math.round(middle)
  if (Math.abs(scale - 1) * to > 1) return undefined
  const near = whole === 0 && Math.abs(scale - 1) * to < 0.36 && Math.abs(middle) < 0.16
  return { a: to / from, c: whole / from, near }
}

/** The sent picture on the received one's grid; NaN where nothing was sent. One to one is a copy; shrinking takes means. */
export function place(
  sent: Picture,
  placement: Placement,
  received: { readonly width: number; readonly height: number },
): Picture {
  const { width, height } = received
  const { scaleX, scaleY } = inPixels(placement, sent, received)
  const xs = taps(placement.ax, placement.cx, sent.width, width, scaleX)
  const ys = taps(placement.ay, placement.cy, sent.height, height, scaleY)
  const result = blank(width, height)
  const alpha = sent.alpha && new Float32Array(width * height)
  const planes = [...sent.planes, ...(sent.alpha ? [sent.alpha] : [])]
  const targets = [...result.planes, ...(alpha ? [alpha] : [])]
  planes.forEach((plane, k) => {
    const target = targets[k]!
    const rows = new Float32Array(width * sent.height)
    for (let y = 0; y < sent.height; y++) {
      for (let x = 0; x < width; x++) {
        const { start, weights } = xs[x]!
        let sum = weights.length === 0 ? Number.NaN : 0
        for (let t = 0; t < weights.length; t++) sum += weights[t]! * plane[y * sent.width + start + t]!
        rows[y * width + x] = sum
      }
    }
    for (let y = 0; y < height; y++) {
      const { start, weights } = ys[y]!
      for (let x = 0; x < width; x++) {
        let sum = weights.length === 0 ? Number.NaN : 0
        for (let t = 0; t < weights.length; t++) sum += weights[t]! * rows[(start + t) * width + x]!
        target[y * width + x] = sum
      }
    }
  })
  return alpha ? { ...result, alpha } : result
}

interface Taps {
  readonly start: number
  readonly weights: readonly number[]
}

// A triangle as wide as the shrinking asks for: bilinear when nothing shrinks. Empty outside the picture.
function taps(a: number, c: number, from: number, to: number, scale: number): readonly Taps[] {
  const reach = Math.max(1, scale)
  return Array.from({ length: to }, (_, i) => {
    const center = (a * ((i + 0.5) / to) + c) * from - 0.5
    const nearest = Math.round(center)
    if (!(center > -0.51 && center < from - 0.49)) return { start: 0, weights: [] }
    if (scale < 1.001 && Math.abs(center - nearest) < 1e-4) return { start: nearest, weights: [1] }
    const start = Math.max(0, Math.ceil(center - reach))
    const end = Math.min(from - 1, Math.floor(center + reach))
    const weights = Array.from({ length: end - start + 1 }, (_, t) =>
      Math.max(0, 1 - Math.abs(start + t - center) / reach),
    )
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return { start, weights: weights.map((weight) => weight / sum) }
  })
}
