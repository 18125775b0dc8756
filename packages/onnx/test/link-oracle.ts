import type { LinkBinding } from '../src/index.js'

/** A picture in plain terms: pixel by pixel, [R, G, B, A] with 1.0 = white. */
export type Picture = readonly (readonly [number, number, number, number])[]

const count = { RGB: 3, BGR: 3, RGBA: 4, GRAY: 1, Y: 1 } as const

export function channelsOf({ channels }: LinkBinding): number {
  return count[channels]
}

function index({ layout }: LinkBinding, channels: number, pixels: number, pixel: number, channel: number): number {
  return layout === 'NCHW' ? channel * pixels + pixel : pixel * channels + channel
}

/** What the numbers of a tensor show, told one pixel at a time. */
export function decode(binding: LinkBinding, data: ArrayLike<number>): Picture {
  const channels = channelsOf(binding)
  const pixels = data.length / channels
  return Array.from({ length: pixels }, (_, pixel) => {
    const value = (channel: number): number => {
      const number = data[index(binding, channels, pixels, pixel, channel)] ?? Number.NaN
      if (binding.dtype === 'uint8') return number / 255
      return number * (binding.std?.[channel] ?? 1) + (binding.mean?.[channel] ?? 0)
    }
    const gray = (value(0) * 255 - 16) / 219
    const shown = {
      RGB: [value(0), value(1), value(2), 1],
      BGR: [value(2), value(1), value(0), 1],
      RGBA: [value(0), value(1), value(2), value(3)],
      GRAY: [value(0), value(0), value(0), 1],
      Y: [gray, gray, gray, 1],
    } as const satisfies Record<LinkBinding['channels'], Picture[number]>
    return shown[binding.channels]
  })
}

/** The numbers of a tensor that shows a picture, before any rounding. */
export function encode(binding: LinkBinding, picture: Picture): Float64Array {
  const channels = channelsOf(binding)
  const data = new Float64Array(picture.length * channels)
  picture.forEach(([r, g, b, a], pixel) => {
    const gray = 0.299 * r + 0.587 * g + 0.114 * b
    const values = { RGB: [r, g, b], BGR: [b, g, r], RGBA: [r, g, b, a], GRAY: [gray], Y: [(gray * 219 + 16) / 255] }[
      binding.channels
    ]
    values.forEach((value, channel) => {
      const number =
        binding.dtype === 'uint8'
          ? value * 255
          : (value - (binding.mean?.[channel] ?? 0)) / (binding.std?.[channel] ?? 1)
      data[index(binding, channels, picture.length, pixel, channel)] = number
    })
  })
  return data
}

/** A picture `scale` times as wide and high, each pixel a block. */
export function enlarge(picture: Picture, width: number, scale: number): Picture {
  const height = picture.length / width
  return Array.from({ length: height * scale * width * scale }, (_, i) => {
    const [y, x] = [Math.floor(i / (width * scale)), i % (width * scale)]
    return picture[Math.floor(y / scale) * width + Math.floor(x / scale)] ?? [0, 0, 0, 0]
  })
}

/** The number that float16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}
