/** What the channels of a pixel tensor hold, in order. */
export type Channels = 'RGB' | 'BGR' | 'RGBA' | 'GRAY' | 'Y'

/** How a tensor's numbers stand for pixels: value = (pixel / 255 - mean) / std, one of each a channel; uint8 holds pixels as they are. */
export interface PixelValues {
  readonly dtype: 'float32' | 'float16' | 'uint8'
  readonly channels: Channels
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
}

/** An affine map between the channels of two tensors: y = matrix x + offset. */
export interface ChannelMap {
  readonly matrix: readonly (readonly number[])[]
  readonly offset: readonly number[]
}

// Luma of smpte170m (BT.601), and the limited range in which a Y channel stores it: 16..235.
const luma = [0.299, 0.587, 0.114, 0]
const range = 219 / 255
const black = 16 / 255
const opaque = [0, 0, 0, 1]

const toRgba: Readonly<Record<Channels, ChannelMap>> = {
  RGB: {
    matrix: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ],
    offset: opaque,
  },
  BGR: {
    matrix: [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
    ],
    offset: opaque,
  },
  RGBA: {
    matrix: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    offset: [0, 0, 0, 0],
  },
  GRAY: { matrix: [[1], [1], [1], [0]], offset: opaque },
  Y: {
    matrix: [[1 / range], [1 / range], [1 / range], [0]],
    offset: [-black / range, -black / range, -black / range, 1],
  },
}

const fromRgba: Readonly<Record<Channels, ChannelMap>> = {
  RGB: {
    matrix: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
    offset: [0, 0, 0],
  },
  BGR: {
    matrix: [
      [0, 0, 1, 0],
      [0, 1, 0, 0],
      [1, 0, 0, 0],
    ],
    offset: [0, 0, 0],
  },
  RGBA: toRgba.RGBA,
  GRAY: { matrix: [luma], offset: [0] },
  Y: { matrix: [luma.map((weight) => weight * range)], offset: [black] },
}

/** Gives how many channels a tensor of these contents has. */
export function channelCount(channels: Channels): number {
  return fromRgba[channels].offset.length
}

/** Gives the map from one tensor's numbers to another's that leaves the picture as it is: alpha is dropped or becomes opaque. */
export function channelMap(from: PixelValues, to: PixelValues): ChannelMap {
  const { matrix, offset } =
    from.channels === to.channels ? same(channelCount(to.channels)) : between(from.channels, to.channels)
  const [a, b] = [normalisation(from), normalisation(to)]
  // Numbers that the tensors cannot tell apart are made equal, so that a map that changes nothing is seen to change nothing.
  return {
    matrix: matrix.map((row, y) => row.map((weight, x) => Math.fround((weight * a.std[x]!) / b.std[y]!))),
    offset: matrix.map((row, y) => Math.fround((dot(row, a.mean) + offset[y]! - b.mean[y]!) / b.std[y]!)),
  }
}

/** Gives the channel that each channel of the result is a plain copy of; undefined when a map does more than that. */
export function selection({ matrix, offset }: ChannelMap): readonly number[] | undefined {
  if (offset.some((value) => value !== 0)) return undefined
  const sources = matrix.map((row) => (row.filter((weight) => weight !== 0).length === 1 ? row.indexOf(1) : -1))
  return sources.includes(-1) ? undefined : sources
}

/** Gives the factor of each channel when no channel takes part in another; undefined otherwise. */
export function diagonal({ matrix }: ChannelMap): readonly number[] | undefined {
  const apart = matrix.every(
    (row, y) => row.length === matrix.length && row.every((weight, x) => x === y || weight === 0),
  )
  return apart ? matrix.map((row, y) => row[y]!) : undefined
}

function normalisation({ dtype, channels, mean, std }: PixelValues): { mean: number[]; std: number[] } {
  const each = Array.from({ length: channelCount(channels) }, (_, channel) => channel)
  if (dtype === 'uint8') return { mean: each.map(() => 0), std: each.map(() => 1 / 255) }
  return { mean: each.map((channel) => mean?.[channel] ?? 0), std: each.map((channel) => std?.[channel] ?? 1) }
}

function same(size: number): ChannelMap {
  const matrix = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => (x === y ? 1 : 0)))
  return { matrix, offset: matrix.map(() => 0) }
}

function between(from: Channels, to: Channels): ChannelMap {
  const [first, then] = [toRgba[from], fromRgba[to]]
  const columns = Array.from({ length: channelCount(from) }, (_, x) => first.matrix.map((row) => row[x]!))
  return {
    matrix: then.matrix.map((row) => columns.map((column) => dot(row, column))),
    offset: then.matrix.map((row, y) => dot(row, first.offset) + then.offset[y]!),
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
