import { type RawImage, rawImage } from '@i2i/color'
import sharp, { type Sharp } from 'sharp'

/** A picture on its way through a link, in 8-bit steps as floats: R, G, B, A interleaved. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly data: Float64Array
  /** How the link's last step makes integers; default `round`. */
  readonly integers?: 'floor'
}

/** A tight RGBA image as a frame. */
export function frameOf({ width, height, planes, format }: RawImage): Frame {
  const plane = planes[0]!
  if (format !== 'RGBA' || plane.stride !== width * 4)
    throw new Error(`faults take tight RGBA, not ${format} of stride ${plane.stride}`)
  return { width, height, data: Float64Array.from(plane.data) }
}

/** What the link shows: NaN becomes 0, values are rounded (or cut) and clamped. */
export function imageOf({ width, height, data, integers }: Frame): RawImage {
  const whole = integers === 'floor' ? Math.floor : (value: number) => Math.floor(value + 0.5)
  const bytes = Uint8Array.from(data, (value) => (Number.isNaN(value) ? 0 : Math.max(0, Math.min(255, whole(value)))))
  return rawImage({ format: 'RGBA', width, height, data: bytes })
}

/** The frame with each pixel's red, green and blue replaced. */
export function mapPixels(
  frame: Frame,
  map: (r: number, g: number, b: number, a: number) => readonly [number, number, number],
): Frame {
  const data = frame.data.slice()
  for (let i = 0; i < data.length; i += 4) data.set(map(data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!), i)
  return { ...frame, data }
}

/** The frame after libvips did something to its 8-bit pixels. */
export async function throughSharp(frame: Frame, change: (picture: Sharp) => Sharp): Promise<Frame> {
  const { width, height, planes } = imageOf({ ...frame })
  const raw = { width, height, channels: 4 } as const
  const { data, info } = await change(sharp(planes[0]!.data, { raw }))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { integers } = frame
  return { width: info.width, height: info.height, data: Float64Array.from(data), ...(integers && { integers }) }
}

/** A repeatable source of numbers in 0..1 (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** One of the choices. */
export function pick<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}
