import { ColorFit, type ColorRegression, solve } from './linear.js'
import { blur, type Picture, shrink } from './picture.js'

/** Where the received (u, v), 0..1, lies in the turned sent picture: (ax u + cx, ay v + cy). */
export interface Placement {
  readonly ax: number
  readonly cx: number
  readonly ay: number
  readonly cy: number
}

/** A placement and the share of the received picture's variance that it leaves unexplained under the best affine colours. */
export interface Registration extends Placement {
  readonly unexplained: number
}

/** Nothing moved. */
export const still: Placement = { ax: 1, cx: 0, ay: 1, cy: 0 }

/** Two pictures at one resolution. */
export type Level = readonly [sent: Picture, received: Picture]

/** The pictures at 24, 48 and 96 samples a side, as far as both reach. */
export function thumbnails(picture: Picture, least: number): readonly Picture[] {
  const sides = [24, 48, 96].filter((side) => side * 1.5 <= least || side === 24)
  return sides.map((side) => shrink(picture, side, side))
}

/** The pictures themselves, slightly blurred. */
export function fineLevel(sent: Picture, received: Picture): Level {
  return [soften(sent), soften(received)]
}

// Both are made soft alike, so that detail which one of them lost does not pull the fit.
function soften(picture: Picture): Picture {
  return blur(blur(blur(picture)))
}

/** How much of the received variance a placement leaves unexplained at one level. */
export function score([sent, received]: Level, placement: Placement): number {
  return gather(sent, received, placement, 1).unexplained
}

/** Placements to start from: the content within bars, crops, shifts. */
export function seeds(content: Placement | undefined): readonly Placement[] {
  const result: Placement[] = content ? [content] : []
  const spots = [0, 0.25, 0.5, 0.75, 1]
  for (const size of [0.95, 0.9, 0.84, 0.78, 0.72, 0.66, 0.58, 0.5]) {
    for (const x of spots) {
      result.push({ ...still, ax: size, cx: x * (1 - size) }, { ...still, ay: size, cy: x * (1 - size) })
      for (const y of spots) result.push({ ax: size, cx: x * (1 - size), ay: size, cy: y * (1 - size) })
    }
  }
  const steps = [-0.16, -0.11, -0.06, 0, 0.06, 0.11, 0.16]
  for (const cx of steps) for (const cy of steps) result.push({ ax: 1, cx, ay: 1, cy })
  return result
}

/** Follows a placement down the error to its least, level by level (Gauss-Newton, the colours fitted anew at each step). */
export function refine(levels: readonly Level[], start: Placement): Registration {
  let best: Registration = { ...start, unexplained: 1 }
  for (const [sent, received] of levels) {
    const area = received.width * received.height
    const step = Math.max(1, Math.floor(Math.sqrt(area / 20_000)))
    let current = gather(sent, received, best, step)
    best = { ...placementOf(best), unexplained: current.unexplained }
    for (let round = 0; round < 8; round++) {
      const change = current.step?.()
      if (!change) break
      const next = {
        ax: best.ax + change[0]!,
        cx: best.cx + change[1]!,
        ay: best.ay + change[2]!,
        cy: best.cy + change[3]!,
      }
      const tried = gather(sent, received, next, step)
      if (!(tried.unexplained < current.unexplained)) break
      const gained = current.unexplained - tried.unexplained
      current = tried
      best = { ...next, unexplained: tried.unexplained }
      if (gained < 1e-7) break
    }
  }
  return best
}

function placementOf({ ax, cx, ay, cy }: Placement): Placement {
  return { ax, cx, ay, cy }
}

interface Gathered {
  readonly unexplained: number
  readonly step?: () => number[] | undefined
}

/** The share of the variance left unexplained by a placement, and the Gauss-Newton step that would lower it. */
function gather(sent: Picture, received: Picture, placement: Placement, step: number): Gathered {
  const { ax, cx, ay, cy } = placement
  const { width, height } = received
  const fit = new ColorFit()
  let cells = 0
  const visit = (take: (i: number, at: number, fx: number, fy: number, u: number, v: number) => void): void => {
    for (let y = 0; y < height; y += step) {
      const v = (y + 0.5) / height
      const sy = (ay * v + cy) * sent.height - 0.5
      for (let x = 0; x < width; x += step) {
        const u = (x + 0.5) / width
        const sx = (ax * u + cx) * sent.width - 0.5
        if (!(sx >= 0 && sy >= 0 && sx <= sent.width - 1 && sy <= sent.height - 1)) continue
        const [x0, y0] = [Math.min(Math.floor(sx), sent.width - 2), Math.min(Math.floor(sy), sent.height - 2)]
        take(y * width + x, y0 * sent.width + x0, sx - x0, sy - y0, u, v)
      }
    }
  }
  const [p0, p1, p2] = sent.planes
  const [q0, q1, q2] = received.planes
  const w = sent.width
  const at = (p: Float32Array, i: number, fx: number, fy: number): number =>
    (p[i]! * (1 - fx) + p[i + 1]! * fx) * (1 - fy) + (p[i + w]! * (1 - fx) + p[i + w + 1]! * fx) * fy
  visit((i, j, fx, fy) => {
    const [a, b, c] = [at(p0, j, fx, fy), at(p1, j, fx, fy), at(p2, j, fx, fy)]
    if (Number.isNaN(a + b + c + q0[i]! + q1[i]! + q2[i]!)) return
    fit.add(a, b, c, q0[i]!, q1[i]!, q2[i]!)
  })
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) if (!Number.isNaN(q0[y * width + x]!)) cells++
  }
  const colors = fit.solve()
  if (!colors || fit.count < cells * 0.3) return { unexplained: 1 }
  // What is not covered counts as half explained, so that a sliver that happens to fit does not win.
  const missing = 1 - fit.count / cells
  return {
    unexplained: colors.unexplained * (1 - missing) + 0.5 * missing,
    step: () => newton(visit, sent, received, colors),
  }
}

type Visit = (take: (i: number, at: number, fx: number, fy: number, u: number, v: number) => void) => void

function newton(visit: Visit, sent: Picture, received: Picture, { rows }: ColorRegression): number[] | undefined {
  const normal = [0, 1, 2, 3].map(() => [0, 0, 0, 0])
  const right = [0, 0, 0, 0]
  const w = sent.width
  visit((i, j, fx, fy, u, v) => {
    const value = [0, 0, 0]
    const slopeX = [0, 0, 0]
    const slopeY = [0, 0, 0]
    for (let c = 0; c < 3; c++) {
      const p = sent.planes[c]!
      const [a, b, d, e] = [p[j]!, p[j + 1]!, p[j + w]!, p[j + w + 1]!]
      value[c] = (a * (1 - fx) + b * fx) * (1 - fy) + (d * (1 - fx) + e * fx) * fy
      slopeX[c] = ((b - a) * (1 - fy) + (e - d) * fy) * sent.width
      slopeY[c] = ((d - a) * (1 - fx) + (e - b) * fx) * sent.height
    }
    for (let c = 0; c < 3; c++) {
      const [m0, m1, m2, m3] = [rows[c]![0]!, rows[c]![1]!, rows[c]![2]!, rows[c]![3]!]
      const error = received.planes[c]![i]! - (m0 * value[0]! + m1 * value[1]! + m2 * value[2]! + m3)
      // Large errors are other faults' (clipping, bars, lost samples); they must not steer the geometry.
      if (!(Math.abs(error) < 60)) continue
      const dx = m0 * slopeX[0]! + m1 * slopeX[1]! + m2 * slopeX[2]!
      const dy = m0 * slopeY[0]! + m1 * slopeY[1]! + m2 * slopeY[2]!
      const jacobian = [dx * u, dx, dy * v, dy]
      for (let a = 0; a < 4; a++) {
        right[a]! += jacobian[a]! * error
        for (let b = 0; b < 4; b++) normal[a]![b]! += jacobian[a]! * jacobian[b]!
      }
    }
  })
  for (let a = 0; a < 4; a++) normal[a]![a]! *= 1 + 1e-6
  return solve(normal, right)
}
