import { chromaLayout, packedLayouts } from '../image.js'
import type { Plane, RawImage } from '../types.js'
import { place } from './sink.js'
import { type Rows, spent, stagedBytes, stageRows, type Workspace } from './workspace.js'

// Whole-picture kernels work on blocks of 16 pixels. Their driver cuts the picture into strips, stages what lies outside engine
// memory, and takes the last columns of an uneven width through a small bounce picture of one block.

/** A plane as a kernel walks it: bytes a pixel (or a chroma pair of pixels), and whether it has half the size. */
export interface Lane {
  readonly plane: Plane
  readonly bytes: number
  readonly half: boolean
}

export type Call = (sources: readonly Rows[], targets: readonly Rows[], width: number, height: number) => void

const block = 16
const stripBytes = 128 * 1024
const longestStrip = 64

function span(lane: Lane, pixels: number): number {
  return (lane.half ? (pixels + 1) >> 1 : pixels) * lane.bytes
}

function rowsOf(lane: Lane, rows: number): number {
  return lane.half ? (rows + 1) >> 1 : rows
}

/** Rows of a strip that fits the cache, in whole chroma blocks. */
function stripRows(sources: readonly Lane[], targets: readonly Lane[], width: number): number {
  const pair = [...sources, ...targets].reduce((sum, lane) => sum + span(lane, width) * rowsOf(lane, 2), 0)
  return Math.max(2, Math.min(longestStrip, 2 * Math.floor(stripBytes / pair)))
}

/** Runs a block kernel over a picture of width x height. */
export function runBlocks(
  space: Workspace,
  sources: readonly Lane[],
  targets: readonly Lane[],
  width: number,
  height: number,
  call: Call,
): void {
  const outside = (lane: Lane): boolean => space.arena.addressOf(lane.plane.data) === undefined
  const staged = sources.some(outside) || targets.some(outside)
  const inPlace = !staged && width % block === 0
  const strip = inPlace ? height : stripRows(sources, targets, width)
  const need = (lane: Lane): number =>
    stagedBytes(span(lane, width), rowsOf(lane, strip)) + spent(span(lane, block) * strip)
  space.begin(inPlace ? 0 : [...sources, ...targets].reduce((sum, lane) => sum + need(lane), 0))
  for (let y = 0; y < height; y += strip) {
    space.rewind()
    const rows = Math.min(strip, height - y)
    const first = (lane: Lane): number => (lane.half ? y >> 1 : y)
    const from = sources.map((lane) =>
      stageRows(space, lane.plane, 0, span(lane, width), first(lane), first(lane) + rowsOf(lane, rows)),
    )
    const to = targets.map((lane) => place(space, lane.plane, span(lane, width), first(lane), rowsOf(lane, rows)))
    const body = width - (width % block)
    if (body > 0) call(from, to, body, rows)
    if (body < width) bounce(space, sources, targets, from, to, body, width - body, rows, call)
    for (const { done } of to) done()
  }
}

/** The last `width` columns, behind `body`, by way of pictures one block wide whose missing column repeats the last. */
function bounce(
  space: Workspace,
  sources: readonly Lane[],
  targets: readonly Lane[],
  from: readonly Rows[],
  to: readonly Rows[],
  body: number,
  width: number,
  height: number,
  call: Call,
): void {
  const { kernels } = space
  const small = (lane: Lane): Rows => {
    const stride = span(lane, block)
    return { address: space.room(stride * rowsOf(lane, height)), stride }
  }
  const inner = sources.map((lane, i) => {
    const rows = small(lane)
    const { address, stride } = from[i]!
    // An odd width's lone pixel is averaged with itself.
    const repeat = !lane.half && width % 2 === 1 ? 1 : 0
    kernels.copyRows(
      address + span(lane, body),
      stride,
      rows.address,
      rows.stride,
      span(lane, width),
      rowsOf(lane, height),
      lane.bytes,
      repeat,
    )
    return rows
  })
  const outer = targets.map(small)
  call(inner, outer, block, height)
  targets.forEach((lane, i) => {
    const { address, stride } = to[i]!
    kernels.copyRows(
      outer[i]!.address,
      outer[i]!.stride,
      address + span(lane, body),
      stride,
      span(lane, width),
      rowsOf(lane, height),
      0,
      0,
    )
  })
}

/** An image's planes as lanes. */
export function lanesOf(image: RawImage): readonly Lane[] {
  if (chromaLayout(image.format) === undefined) {
    const { bytes } = packedLayouts[image.format as keyof typeof packedLayouts]
    return image.planes.map((plane) => ({ plane, bytes, half: false }))
  }
  const pair = image.format === 'I420' ? 1 : 2
  return image.planes.map((plane, index) => ({ plane, bytes: index === 0 ? 1 : pair, half: index > 0 }))
}
