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

// Some ten thousand samples place a softened picture to a hundredth of a pixel. An odd step, or chroma that is halved would be seen
// at one parity alone.
function spacing({ width, height }: Picture): number {
  return 1 + 2 * Math.floor(Math.sqrt((width * height) / 12_000) / 2)
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
    const step = spacing(received)
    const first = gather(sent, received, best, step)
    let current = first
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
      // Rows that leave the overlap would count as a loss at once, and hold the fit at the rim.
      const rim = tried.known > 0.97 * first.known && tried.known < current.known
      const gained = rim ? current.misfit - tried.misfit : current.unexplained - tried.unexplained
      if (!(gained > 0)) break
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
  /** The same of the samples that overlap alone, and how many those are. */
  readonly misfit: number
  readonly known: number
  readonly step?: () => number[] | undefined
}

/** The share of the variance left unexplained by a placement, and the Gauss-Newton step that would lower it. */
function gather(sent: Picture, received: Picture, placement: Placement, step: number): Gathered {
  const grid = gridOf(sent, received, placement, step)
  const [p0, p1, p2] = sent.planes
  const [q0, q1, q2] = received.planes
  const { columns, rows } = grid
  const w = sent.width
  const fit = new ColorFit()
  for (let k = 0; k < rows.at.length; k++) {
    const fy = rows.fraction[k]!
    for (let l = 0; l < columns.at.length; l++) {
      const fx = columns.fraction[l]!
      const i = rows.at[k]! * received.width + columns.at[l]!
      const j = rows.from[k]! * w + columns.from[l]!
      const [e, f, g, h] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]
      const a = p0[j]! * e + p0[j + 1]! * f + p0[j + w]! * g + p0[j + w + 1]! * h
      const b = p1[j]! * e + p1[j + 1]! * f + p1[j + w]! * g + p1[j + w + 1]! * h
      const c = p2[j]! * e + p2[j + 1]! * f + p2[j + w]! * g + p2[j + w + 1]! * h
      if (!Number.isNaN(a + b + c + q0[i]! + q1[i]! + q2[i]!)) fit.add(a, b, c, q0[i]!, q1[i]!, q2[i]!)
    }
  }
  const cells = knownSamples(received, step)
  const colors = fit.solve()
  if (!colors || fit.count < cells * 0.3) return { unexplained: 1, misfit: 1, known: fit.count }
  // What is not covered counts as half explained, so that a sliver that happens to fit does not win.
  const missing = 1 - fit.count / cells
  return {
    unexplained: colors.unexplained * (1 - missing) + 0.5 * missing,
    misfit: colors.unexplained,
    known: fit.count,
    step: () => newton(grid, sent, received, colors),
  }
}

function knownSamples({ width, height, planes: [plane] }: Picture, step: number): number {
  let known = 0
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) if (!Number.isNaN(plane[y * width + x]!)) known++
  }
  return known
}

/** Along one axis: every received sample that lies within the sent ones, its place 0..1, and where among those. */
interface Axis {
  readonly at: readonly number[]
  readonly place: readonly number[]
  readonly from: readonly number[]
  readonly fraction: readonly number[]
}

interface Grid {
  readonly columns: Axis
  readonly rows: Axis
}

function gridOf(sent: Picture, received: Picture, { ax, cx, ay, cy }: Placement, step: number): Grid {
  const axis = (a: number, c: number, from: number, to: number): Axis => {
    const result = { at: [] as number[], place: [] as number[], from: [] as number[], fraction: [] as number[] }
    for (let i = 0; i < to; i += step) {
      const place = (i + 0.5) / to
      const position = (a * place + c) * from - 0.5
      if (!(position >= 0 && position <= from - 1)) continue
      const first = Math.min(Math.floor(position), from - 2)
      result.at.push(i)
      result.place.push(place)
      result.from.push(first)
      result.fraction.push(position - first)
    }
    return result
  }
  return { columns: axis(ax, cx, sent.width, received.width), rows: axis(ay, cy, sent.height, received.height) }
}

/** The change of (ax, cx, ay, cy) that lowers the error most, were it linear. */
function newton(
  { columns, rows }: Grid,
  sent: Picture,
  received: Picture,
  { rows: map }: ColorRegression,
): number[] | undefined {
  // Sums of products of (dx u, dx, dy v, dy, error), upper triangle.
  const sums = new Float64Array(25)
  const jacobian = new Float64Array(5)
  const value = new Float64Array(3)
  const slopeX = new Float64Array(3)
  const slopeY = new Float64Array(3)
  const w = sent.width
  for (let k = 0; k < rows.at.length; k++) {
    const [fy, v] = [rows.fraction[k]!, rows.place[k]!]
    for (let l = 0; l < columns.at.length; l++) {
      const [fx, u] = [columns.fraction[l]!, columns.place[l]!]
      const i = rows.at[k]! * received.width + columns.at[l]!
      const j = rows.from[k]! * w + columns.from[l]!
      for (let c = 0; c < 3; c++) {
        const p = sent.planes[c]!
        const [a, b, d, e] = [p[j]!, p[j + 1]!, p[j + w]!, p[j + w + 1]!]
        value[c] = (a * (1 - fx) + b * fx) * (1 - fy) + (d * (1 - fx) + e * fx) * fy
        slopeX[c] = ((b - a) * (1 - fy) + (e - d) * fy) * w
        slopeY[c] = ((d - a) * (1 - fx) + (e - b) * fx) * sent.height
      }
      for (let c = 0; c < 3; c++) {
        const row = map[c]!
        const [m0, m1, m2] = [row[0]!, row[1]!, row[2]!]
        const error = received.planes[c]![i]! - (m0 * value[0]! + m1 * value[1]! + m2 * value[2]! + row[3]!)
        // Large errors are other faults' (clipping, bars, lost samples); they must not steer the geometry.
        if (!(Math.abs(error) < 60)) continue
        const dx = m0 * slopeX[0]! + m1 * slopeX[1]! + m2 * slopeX[2]!
        const dy = m0 * slopeY[0]! + m1 * slopeY[1]! + m2 * slopeY[2]!
        jacobian[0] = dx * u
        jacobian[1] = dx
        jacobian[2] = dy * v
        jacobian[3] = dy
        jacobian[4] = error
        for (let a = 0; a < 4; a++) {
          for (let b = a; b < 5; b++) sums[a * 5 + b]! += jacobian[a]! * jacobian[b]!
        }
      }
    }
  }
  const four = [0, 1, 2, 3]
  const normal = four.map((a) => four.map((b) => sums[Math.min(a, b) * 5 + Math.max(a, b)]! * (a === b ? 1 + 1e-6 : 1)))
  return solve(
    normal,
    four.map((a) => sums[a * 5 + 4]!),
  )
}
