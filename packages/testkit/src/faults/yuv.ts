import { type Frame, mapPixels } from './frame.js'

// Kr and Kb of ITU-R BT.601, BT.709, BT.2020.
const matrices: Readonly<Record<string, readonly [number, number]>> = {
  601: [0.299, 0.114],
  709: [0.2126, 0.0722],
  2020: [0.2627, 0.0593],
}

export interface YuvLink {
  readonly encode: string
  readonly decode: string
  readonly encodeFull: boolean
  readonly decodeFull: boolean
  readonly exchanged?: boolean
}

/** RGB to 8-bit 4:4:4 and back, each way with its own matrix and range. */
function throughYuv(frame: Frame, { encode, decode, encodeFull, decodeFull, exchanged = false }: YuvLink): Frame {
  const [kr, kb] = matrices[encode]!
  const [dr, db] = matrices[decode]!
  const scale = (full: boolean) => (full ? ([1, 1, 0] as const) : ([219 / 255, 224 / 255, 16] as const))
  const [ey, ec, eo] = scale(encodeFull)
  const [dy, dc, dof] = scale(decodeFull)
  const byte = (value: number): number => Math.max(0, Math.min(255, Math.floor(value + 0.5)))
  return mapPixels(frame, (r, g, b) => {
    const y = kr * r + (1 - kr - kb) * g + kb * b
    const [Y, U, V] = [
      byte(y * ey + eo),
      byte(((b - y) / (2 * (1 - kb))) * ec + 128),
      byte(((r - y) / (2 * (1 - kr))) * ec + 128),
    ]
    const [p, q] = exchanged ? [V, U] : [U, V]
    const [l, u, v] = [(Y - dof) / dy, (p - 128) / dc, (q - 128) / dc]
    const clamp = (value: number): number => Math.max(0, Math.min(255, value))
    return [
      clamp(l + 2 * (1 - dr) * v),
      clamp(l - (2 * db * (1 - db) * u + 2 * dr * (1 - dr) * v) / (1 - dr - db)),
      clamp(l + 2 * (1 - db) * u),
    ]
  })
}

/** One YUV conversion there and back with all the given faults in it: a frame is encoded and decoded once. */
export function yuvLink(frame: Frame, faults: readonly Partial<YuvLink>[]): Frame {
  const sound: YuvLink = { encode: '601', decode: '601', encodeFull: false, decodeFull: false }
  return throughYuv(frame, Object.assign({ ...sound }, ...faults))
}
