import type { Feed } from './feed.js'
import type { Sink } from './sink.js'
import type { Task } from './task.js'
import type { Workspace } from './workspace.js'

// Staged rows of a strip should still lie in the second-level cache when the kernel reads them.
const stripBytes = 256 * 1024
const longestStrip = 64

function needOf(task: Task, feeds: readonly Feed[], sink: Sink, t0: number, t1: number): number {
  return feeds.reduce((sum, feed) => sum + feed.need(task, t0, t1), sink.need(t1 - t0))
}

/** Rows a strip (never cutting a chroma block) and the workspace that the hungriest strip needs. */
export interface Strips {
  readonly rows: number
  readonly bytes: number
}

/** One strip where nothing is staged, so that no row is read or sampled twice; else strips that fit the cache. */
export function planStrips(task: Task, feeds: readonly Feed[], sink: Sink, inPlace: boolean): Strips {
  const { height, layout } = task.spec
  if (inPlace) return { rows: height, bytes: 0 }
  // A chroma block takes two rows.
  const least = layout === 'yuv' ? 2 : 1
  for (let rows = longestStrip; ; rows >>= 1) {
    let bytes = 0
    for (let t = 0; t < height; t += rows)
      bytes = Math.max(bytes, needOf(task, feeds, sink, t, Math.min(height, t + rows)))
    if (bytes <= stripBytes || rows === least) return { rows, bytes }
  }
}

/** Runs a task from its feeds to its sink, strip by strip. */
export function runTask(space: Workspace, task: Task, feeds: readonly Feed[], sink: Sink, strips: Strips): void {
  const { height } = task.spec
  space.begin(strips.bytes)
  for (let t = 0; t < height; t += strips.rows) {
    const end = Math.min(height, t + strips.rows)
    space.rewind()
    for (const feed of feeds) feed.load(space, task, t, end)
    const done = sink.open(space, task, t, end)
    space.kernels.runRows(task.address, t, end, t === 0)
    done()
  }
}
