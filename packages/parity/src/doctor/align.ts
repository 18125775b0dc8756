import { type Bars, contentOf, hideZeros } from './bars.js'
import { type Dihedral, dihedrals, turn } from './dihedral.js'
import { flatMask } from './flats.js'
import { applyLayout, type Layout, orderFaults, rowLags, shuffleFaults, strideFault, undoLayout } from './layouts.js'
import { ColorFit } from './linear.js'
import { mapPlanes, type Picture, smear } from './picture.js'
import {
  fineLevel,
  type Level,
  type Placement,
  type Registration,
  refine,
  score,
  seeds,
  still,
  thumbnails,
} from './register.js'
import { place, wholePlacements } from './resample.js'

/** How the received picture lies over the sent one. */
export interface Alignment {
  /** A misplacement of samples before the geometry (undone on neither side: `sent` has it), or after it (`received` is rid of it). */
  readonly layout?: Layout
  readonly dihedral: Dihedral
  readonly placement: Placement
  readonly bars: Bars
  /** The sent picture turned, and with what came before the geometry. */
  readonly sent: Picture
  readonly received: Picture
  /** The sent picture on the received grid. */
  readonly placed: Picture
  /** Pixels of `placed` with even neighbourhoods. */
  readonly flat: Uint8Array
  /** Share of the colours' variance on even places that no affine colour map explains. */
  readonly unexplained: number
}

// Below the first, nothing else is tried; below the second, no wrong order of samples is suspected.
const good = 0.04
const fair = 0.2

/** Finds layout, turn and placement together: the simplest that explains the even places, else the best. */
export function align(sent: Picture, received: Picture): Alignment {
  const plain = (thorough: boolean): Alignment => alignPlain(sent, received, thorough)
  let best = plain(false)
  const rough = roughness(received)
  // A pale photograph hardly changes its colours in a mosaic, but it gets rough. So it does by noise, which leaves its detail in place.
  const mosaic = rough > roughness(best.placed) * 1.3 && sharedDetail(best.placed, best.received) < 0.8
  if (best.unexplained < good && !mosaic) return best
  const consider = (candidate: Alignment): boolean => {
    // Another story must be clearly better to be believed.
    if (candidate.unexplained < best.unexplained * 0.6) best = candidate
    return best.unexplained < good && (!mosaic || best === candidate)
  }
  const placed = consider(plain(true)) || best.unexplained < fair
  if (placed && !mosaic) return best
  const undone = layoutsAfter(received)
    .map((layout) => ({ layout, picture: undoLayout(received, layout) }))
    .map((item) => ({ ...item, roughness: roughness(item.picture) }))
    .filter((item) => item.roughness < rough * 0.9)
    .toSorted((a, b) => a.roughness - b.roughness)
  for (const { layout, picture } of undone) {
    if (consider({ ...alignPlain(sent, picture, false), layout })) return best
  }
  for (const { layout, picture } of undone.slice(0, 2)) {
    if (consider({ ...alignPlain(sent, picture, true), layout })) return best
  }
  for (const layout of layoutsBefore(received)) {
    if (consider({ ...alignPlain(applyLayout(sent, layout), received, false), layout })) return best
  }
  return best
}

/** Mean step from sample to sample, over both axes: the right order of samples makes it small. */
function roughness({ width, height, planes }: Picture): number {
  let [sum, count] = [0, 0]
  for (const plane of planes) {
    for (let y = 0; y + 1 < height; y += 2) {
      for (let x = 0; x + 1 < width; x++) {
        const i = y * width + x
        const step = Math.abs(plane[i + 1]! - plane[i]!) + Math.abs(plane[i + width]! - plane[i]!)
        if (Number.isNaN(step)) continue
        sum += Math.min(step, 80)
        count++
      }
    }
  }
  return sum / Math.max(1, count)
}

/** How the steps from sample to sample of two pictures of one size go together: 1 where they are in proportion, 0 where they are unrelated. */
function sharedDetail(one: Picture, other: Picture): number {
  const { width, height } = one
  const [a, b] = [brightness(one).planes[0], brightness(other).planes[0]]
  let [ab, aa, bb] = [0, 0, 0]
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0; x + 1 < width; x++) {
      const i = y * width + x
      for (const j of [i + 1, i + width]) {
        const [da, db] = [a[j]! - a[i]!, b[j]! - b[i]!]
        if (Number.isNaN(da + db)) continue
        ab += da * db
        aa += da * da
        bb += db * db
      }
    }
  }
  return Math.abs(ab) / Math.max(Number.MIN_VALUE, Math.sqrt(aa * bb))
}

const periods = [2, 3, 4]

function layoutsAfter(received: Picture): readonly Layout[] {
  return [...rowLags(received, 'x').map(strideFault), ...orderFaults, ...periods.flatMap(shuffleFaults)]
}

function layoutsBefore(received: Picture): readonly Layout[] {
  const lags = [...rowLags(received, 'x'), ...rowLags(received, 'y')]
  const strides = [...new Set(lags.flatMap((lag) => [lag, -lag]))].map(strideFault)
  return [...strides, ...orderFaults, ...periods.flatMap(shuffleFaults)]
}

function alignPlain(sent: Picture, received: Picture, thorough: boolean): Alignment {
  const bars = contentOf(received, sent)
  const visible = hideZeros(bars.masked, sent)
  const start = bars.content ? [still, bars.content] : [still]
  const {
    dihedral,
    levels,
    placement: rough,
  } = coarse(sent, visible, thorough ? [...start, ...seeds(bars.content)] : start)
  const turned = turn(sent, dihedral)
  const fine = fineLevel(turned, visible)
  const placement = settle(fine, refine([...levels.slice(2), fine], rough), turned, visible)
  return { dihedral, bars, sent: turned, received: visible, ...lay(turned, placement, visible) }
}

/**
 * The placement again, now that the coarser size is known: without the detail that it lost, and without what alpha spoilt, the fit
 * is finer. The reaches are a coarse pixel in sent pixels, 1 where there is none.
 */
export function realign(alignment: Alignment, reachX: number, reachY: number, spoilt: boolean): Alignment {
  const { received, placement: before } = alignment
  const sent = smear(alignment.sent, reachX, reachY)
  const level = fineLevel(spoilt ? opaque(sent) : sent, received)
  const found = refine([level], before)
  const coarser = Math.max(reachX, reachY) > 1
  const placement = coarser ? found : settle(level, found, sent, received)
  return { ...alignment, ...lay(sent, placement, received) }
}

function opaque(picture: Picture): Picture {
  const { alpha } = picture
  return alpha
    ? mapPlanes(picture, (plane) => plane.map((value, i) => (alpha[i]! < 250 ? Number.NaN : value)))
    : picture
}

function lay(
  sent: Picture,
  placement: Placement,
  received: Picture,
): Pick<Alignment, 'placement' | 'placed' | 'flat' | 'unexplained'> {
  const placed = place(sent, placement, received)
  const flat = flatMask(placed, Math.min(received.width / placement.ax, received.height / placement.ay))
  const onFlat = unexplainedOn(flat, placed, received)
  // The even places of a photograph may all be its shadows, and say nothing.
  const unexplained = onFlat < 0.5 ? onFlat : Math.min(onFlat, score(fineLevel(sent, received), placement))
  return { placement, placed, flat, unexplained }
}

interface Coarse {
  readonly dihedral: Dihedral
  readonly levels: readonly Level[]
  readonly placement: Placement
}

/** The best of the eight turns and all starts, judged on thumbnails. */
function coarse(sent: Picture, received: Picture, starts: readonly Placement[]): Coarse {
  const least = Math.min(sent.width, sent.height, received.width, received.height)
  const [ours, theirs] = [thumbnails(sent, least), thumbnails(received, least)]
  const tried = dihedrals.flatMap((dihedral) => {
    const level: Level = [turn(ours[0]!, dihedral), theirs[0]!]
    return starts.map((start) => ({ dihedral, start, cost: score(level, start) }))
  })
  tried.sort((a, b) => a.cost - b.cost)
  const refined = tried.slice(0, starts.length > 2 ? 10 : 3).map(({ dihedral, start }) => {
    const levels = ours.map((thumbnail, i): Level => [turn(thumbnail, dihedral), theirs[i]!])
    const placement = refine(levels.slice(0, 2), start)
    return { dihedral, levels, placement, cost: placement.unexplained }
  })
  return refined.toSorted((a, b) => a.cost - b.cost)[0]!
}

// Whole pixels are likelier than what a minimum of the error says to a tenth of a pixel.
function settle(fine: Level, found: Registration, sent: Picture, received: Picture): Placement {
  const luma: Level = [brightness(fine[0]), brightness(fine[1])]
  for (const { placement, near } of wholePlacements(found, sent, received)) {
    if (near || score(fine, placement) <= score(fine, found) * 1.01 + 1e-6) return placement
    // Chroma is sited elsewhere than luma in most video: a shift that luma does not share is none.
    if (score(luma, placement) <= score(luma, found) * 1.03 + 1e-5) return placement
  }
  return found
}

function brightness(picture: Picture): Picture {
  const [r, g, b] = picture.planes
  const luma = new Float32Array(r.length)
  for (let i = 0; i < luma.length; i++) luma[i] = 0.299 * r[i]! + 0.587 * g[i]! + 0.114 * b[i]!
  return { width: picture.width, height: picture.height, planes: [luma, luma, luma] }
}

function unexplainedOn(flat: Uint8Array, sent: Picture, received: Picture): number {
  const fit = new ColorFit()
  let cells = 0
  const [s, r] = [sent.planes, received.planes]
  for (let i = 0; i < flat.length; i++) {
    if (!Number.isNaN(r[0][i]!)) cells++
    if (!flat[i] || Number.isNaN(r[0][i]! + r[1][i]! + r[2][i]!)) continue
    fit.add(s[0][i]!, s[1][i]!, s[2][i]!, r[0][i]!, r[1][i]!, r[2][i]!)
  }
  if (fit.count < Math.max(40, cells * 0.004)) return 1
  return fit.solve()?.unexplained ?? 1
}
