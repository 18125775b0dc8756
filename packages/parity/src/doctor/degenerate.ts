import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'
import type { Picture } from './picture.js'

/** A picture, or a channel of it, that shows one value only where the sent one does not. */
export function degenerate(sent: Picture, received: Picture): Finding | undefined {
  const names = ['red', 'green', 'blue']
  const lost = [0, 1, 2].filter((c) => spread(received.planes[c]!) <= 1 && spread(sent.planes[c]!) > 4)
  if (lost.length === 0) return undefined
  const value = lost.map((c) => round(received.planes[c]![0]!)).join(', ')
  const where = lost.length === 3 ? {} : { channels: lost.map((c) => names[c]).join(', ') }
  const dark = lost.every((c) => received.planes[c]![0] === 0)
  return finding('CONSTANT', { value, ...where }, dark ? ['NAN'] : [])
}

function spread(plane: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of plane) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low
}
