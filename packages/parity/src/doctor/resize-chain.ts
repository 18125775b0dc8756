import type { Alignment } from './align.js'
import type { ColorStory } from './color-fit.js'
import {
  type Axis,
  comparedValues,
  type Detour,
  type Displacement,
  interpolated,
  misfit,
  travel,
  type Values,
} from './detour.js'
import type { HiddenResize } from './hidden-resize.js'
import {
  type Convention,
  conventions,
  type DownKernel,
  downKernels,
  enlargements,
  type UpKernel,
  upKernels,
} from './kernels.js'
import { inPixels } from './resample.js'
import type { Tones } from './tones.js'

/** How the two resizes of a detour through a coarser size place their samples, as found by taking the detour with the sent picture. */
export interface ResizeChain {
  readonly width: number
  readonly height: number
  /** The fault that the two make together; undefined where they agree. */
  readonly code?: 'ALIGN_CORNERS' | 'HALF_PIXEL_SHIFT'
  /** What they do to the edges. */
  readonly by: Displacement
  /** Whole pixels that the picture moved by beside that. */
  readonly moved: readonly [x: number, y: number]
}

// Steps of 255: what a codec may add to a detour that is the right one; and how much worse every other verdict must be.
const believable = 4
const clearlyWorse = 1.3

/**
 * Takes the sent picture through the size that was found, by every usual way down, and keeps the way that makes what was received:
 * aliasing, which drags the registration along, is then part of the comparison. Undefined where no way does, or two say otherwise;
 * refuted where the picture as it lies, without a coarser size, comes closer.
 */
export function findResizeChain(
  alignment: Alignment,
  hidden: HiddenResize,
  story: ColorStory,
  tones: Tones,
): ResizeChain | 'refuted' | undefined {
  const upKernel = upKernels.find(({ name }) => name === hidden.kernel)
  const [x, y] = [axisOf(alignment, hidden, 'x'), axisOf(alignment, hidden, 'y')]
  if (!upKernel || !x || !y) return undefined
  const ways = detours(hidden.convention, upKernel)
  const values = comparedValues(alignment, story, tones)
  const tried = sizesOf(hidden, x, y).flatMap((size) => ways.map((detour) => attempt(values, x, y, size, detour)))
  const [best, ...others] = tried.toSorted((a, b) => a.error - b.error)
  const { scaleX, scaleY, left, top } = inPixels(alignment.placement, alignment.sent, alignment.received)
  const direct = misfit(values, interpolated(x, scaleX, left), interpolated(y, scaleY, top))
  if (!best || direct < best.error) return 'refuted'
  if (best.error > believable) return undefined
  const rival = others.find(({ chain }) => chain.code !== best.chain.code)
  return rival && rival.error < best.error * clearlyWorse ? undefined : best.chain
}

/**
 * One resize from the sent size straight to the received one, of the whole picture, both ways larger or both ways smaller: undefined
 * where no usual kernel makes what was received.
 */
export function findStraightResize(alignment: Alignment, story: ColorStory, tones: Tones): ResizeChain | undefined {
  const { sent, received, placement } = alignment
  const whole = (a: number, c: number): boolean => Math.abs(c) < 0.02 && Math.abs(a + c - 1) < 0.02
  if (!whole(placement.ax, placement.cx) || !whole(placement.ay, placement.cy)) return undefined
  const x: Axis = { sent: sent.width, target: received.width, received: received.width, middle: 0 }
  const y: Axis = { sent: sent.height, target: received.height, received: received.height, middle: 0 }
  const mixed = (received.width - sent.width) * (received.height - sent.height) < 0
  const [before, after] = [sent.width + sent.height, received.width + received.height]
  if (mixed || before === after) return undefined
  const grown = after > before
  const values = comparedValues(alignment, story, tones)
  const [width, height] = grown ? [sent.width, sent.height] : [received.width, received.height]
  // A soft photograph has little detail to lose, and much of it may be lost within the bound.
  const [best] = (grown ? straightUp : straightDown)
    .map((detour) => attempt(values, x, y, [width, height], detour))
    .toSorted((a, b) => a.error - b.error)
  return best && best.error < believable / 2 ? best.chain : undefined
}

const [centred] = conventions as readonly [Convention]
const [plainUp] = upKernels as readonly [UpKernel]
const [plainDown] = downKernels as readonly [DownKernel]

// What goes through its own size is not changed there.
const straightUp: readonly Detour[] = enlargements.map(({ kernel, convention }) => ({
  kernel: plainDown,
  down: centred,
  up: convention,
  upKernel: kernel,
}))
const straightDown: readonly Detour[] = downKernels.flatMap((kernel) =>
  conventions
    .filter(({ name }) => kernel.conventions.includes(name))
    .map((down) => ({ kernel, down, up: centred, upKernel: plainUp })),
)

interface Attempt {
  readonly chain: ResizeChain
  readonly error: number
}

function attempt(
  values: Values,
  x: Axis,
  y: Axis,
  [width, height]: readonly [number, number],
  detour: Detour,
): Attempt {
  const [across, along] = [travel(x, width, detour), travel(y, height, detour)]
  const chain: ResizeChain = {
    width,
    height,
    ...codeOf(detour),
    by: [...across.edges, ...along.edges],
    moved: [across.offset, along.offset],
  }
  return { chain, error: misfit(values, across, along) }
}

function detours(convention: HiddenResize['convention'], upKernel: UpKernel): readonly Detour[] {
  // Whole pixels that are repeated say little of where their samples were thought to lie.
  const repeats = ({ kernels }: Convention): boolean =>
    upKernel.name === 'nearest' && (kernels === 'all' || kernels.includes('nearest'))
  const ups = conventions.filter((up) => up.name === convention || repeats(up))
  return downKernels.flatMap((kernel) =>
    conventions
      .filter(({ name }) => kernel.conventions.includes(name))
      .flatMap((down) => ups.map((up): Detour => ({ kernel, down, up, upKernel }))),
  )
}

function codeOf({ kernel, down, up, upKernel }: Detour): Pick<ResizeChain, 'code'> {
  // Nearest takes the pixel before or behind as it is written; that is its coarseness, no fault beside it.
  const repeated = upKernel.name === 'nearest' && (kernel.name === 'nearest' || down.name === 'half-pixel')
  const agree = down.name === up.name || repeated || (kernel.name === 'nearest' && up.name === 'half-pixel')
  if (agree) return {}
  return { code: [down, up].some(({ name }) => name === 'align-corners') ? 'ALIGN_CORNERS' : 'HALF_PIXEL_SHIFT' }
}

// A size that was found along one axis alone, or that the other axis contradicts, is tried at the other's ratio, and with that axis as it was.
function sizesOf({ width, height }: HiddenResize, x: Axis, y: Axis): readonly (readonly [number, number])[] {
  const sizes: (readonly [number, number])[] = []
  if (width && height) sizes.push([width, height])
  if (width) sizes.push([width, Math.round((width * y.target) / x.target)], [width, y.target])
  if (height) sizes.push([Math.round((height * x.target) / y.target), height], [x.target, height])
  return sizes.filter(([w, h], i) => sizes.findIndex(([a, b]) => a === w && b === h) === i)
}

function axisOf({ placement, sent, received }: Alignment, hidden: HiddenResize, axis: 'x' | 'y'): Axis | undefined {
  const pixels = inPixels(placement, sent, received)
  const [from, to, scale, first, last, factor] =
    axis === 'x'
      ? [sent.width, received.width, pixels.scaleX, pixels.left, pixels.right, hidden.factorX]
      : [sent.height, received.height, pixels.scaleY, pixels.top, pixels.bottom, hidden.factorY]
  const middle = first + ((scale - 1) * to) / 2
  const slack = 1.2 * factor + 0.5
  if (Math.abs(scale - 1) * to < slack) return { sent: from, target: from, received: to, middle }
  // Of another size than was sent, but all of it.
  if (Math.max(Math.abs(first), Math.abs(last)) / scale < slack) {
    return { sent: from, target: to, received: to, middle: (first + last) / 2 / scale }
  }
  return undefined
}
