import type { SamplingPlan } from '../geometry.js'
import type { RawImage } from '../types.js'
import { imageFeed } from './feed.js'
import { place, type Sink } from './sink.js'
import type { TaskSpec } from './task.js'
import { isWholeShift } from './tensor-fast.js'
import { spent, stagedBytes, stageRows, type Workspace } from './workspace.js'

// Alpha laid into an opaque picture whose colour is written already: most alpha is 255 throughout and costs one look, and the rest
// costs one plane instead of four.

const stripBytes = 64 * 1024

/** Rows of `width` pixels of four bytes that fit the cache, with as many of another picture. */
function stripRows(width: number): number {
  return Math.max(1, Math.floor(stripBytes / (width * 4)))
}

/** Whether all alpha of an RGBA or BGRA picture is 255. */
export function isOpaque(space: Workspace, { planes, width, height }: RawImage): boolean {
  const strip = stripRows(width)
  space.begin(stagedBytes(width * 4, strip))
  for (let y = 0; y < height; y += strip) {
    space.rewind()
    const end = Math.min(height, y + strip)
    const { address, stride } = stageRows(space, planes[0]!, 0, width * 4, y, end)
    if (!space.kernels.isOpaque(address, stride, width, end - y)) return false
  }
  return true
}

/** The alpha of a picture of the target's size; returns false where the plan asks for more than that. */
export function copyAlpha(space: Workspace, alpha: RawImage, plan: SamplingPlan, target: RawImage): boolean {
  if (!isWholeShift(plan)) return false
  const { width, height } = target
  const strip = stripRows(width)
  space.begin(stagedBytes(width * 4, strip) + stagedBytes(width * 4, strip))
  for (let y = 0; y < height; y += strip) {
    space.rewind()
    const rows = Math.min(strip, height - y)
    const from = stageRows(space, alpha.planes[0]!, 0, width * 4, y, y + rows)
    const to = place(space, target.planes[0]!, width * 4, y, rows, true)
    space.kernels.copyAlpha(from.address, from.stride, width, rows, to.address, to.stride)
    to.done()
  }
  return true
}

/** The task that brings alpha alone to the target's grid. */
export function alphaSpec(plan: SamplingPlan): TaskSpec {
  const { width, height } = plan
  return {
    width,
    height,
    planes: [{ plan, subsampling: 'full', floats: false, clamp: false }],
    channels: [
      {
        planes: [0, 0, 0],
        row: [1, 0, 0, 0],
        lo: Number.NEGATIVE_INFINITY,
        hi: Number.POSITIVE_INFINITY,
        pad: undefined,
      },
    ],
    layout: 'planar',
    dtype: 'uint8',
    cosited: false,
    chromaPlanar: false,
    spans: undefined,
  }
}

/** Feeds the alpha of a picture to the plane of that task. */
export function alphaFeed(alpha: RawImage): ReturnType<typeof imageFeed> {
  return imageFeed(alpha, [undefined, undefined, undefined, 0])
}

/** The alpha of an RGBA or BGRA picture as the target. */
export function alphaSink({ planes, width }: RawImage): Sink {
  return {
    inPlace: () => false,
    need: (rows) => spent(width * rows + 64) + spent(width * 4 * rows + 64),
    open(space, task, t0, t1) {
      const rows = t1 - t0
      const alpha = space.room(width * rows + 64)
      task.setTarget(alpha, width, 0)
      const to = place(space, planes[0]!, width * 4, t0, rows, true)
      return () => {
        space.kernels.setAlpha(alpha, width, width, rows, to.address, to.stride)
        to.done()
      }
    },
  }
}
