import { joined } from '../joined.js'

/** Compresses into zlib format. */
export type Deflate = (data: Uint8Array) => Promise<Uint8Array>

const colorTypes = { 1: 0, 3: 2, 4: 6 } as const

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** An 8-bit sRGB PNG of tightly packed pixels: 1 channel is grey, 3 RGB, 4 RGBA with straight alpha. */
export async function encodePng(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number; readonly channels: 1 | 3 | 4 },
  deflate: Deflate,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, channels } = size
  const row = width * channels
  const filtered = new Uint8Array((row + 1) * height)
  for (let y = 0; y < height; y++) {
    const start = y * (row + 1)
    // Filter 2 (difference to the row above): cheap, and photographs shrink well.
    filtered[start] = 2
    for (let x = 0; x < row; x++) {
      const above = y > 0 ? (pixels[(y - 1) * row + x] ?? 0) : 0
      filtered[start + 1 + x] = (pixels[y * row + x] ?? 0) - above
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, colorTypes[channels], 0, 0, 0], 8)
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    // sRGB, perceptual.
    chunk('sRGB', Uint8Array.of(0)),
    chunk('IDAT', await deflate(filtered)),
    chunk('IEND', new Uint8Array(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(data.length + 12)
  const view = new DataView(whole.buffer)
  view.setUint32(0, data.length)
  whole.set(
    Array.from(type, (letter) => letter.charCodeAt(0)),
    4,
  )
  whole.set(data, 8)
  view.setUint32(data.length + 8, crc32(whole.subarray(4, data.length + 8)))
  return whole
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
