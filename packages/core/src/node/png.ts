import { promisify } from 'node:util'
import { crc32, deflate } from 'node:zlib'

const colorTypes = { 1: 0, 3: 2, 4: 6 } as const

/** An 8-bit PNG of tightly packed pixels: 1 channel is grey, 3 RGB, 4 RGBA with straight alpha. */
export async function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): Promise<Buffer> {
  const row = width * channels
  const filtered = Buffer.alloc((row + 1) * height)
  for (let y = 0; y < height; y++) {
    const start = y * (row + 1)
    // Filter 2 (difference to the row above): cheap, and photographs shrink well.
    filtered[start] = 2
    for (let x = 0; x < row; x++) {
      const above = y > 0 ? (pixels[(y - 1) * row + x] ?? 0) : 0
      filtered[start + 1 + x] = (pixels[y * row + x] ?? 0) - above
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colorTypes[channels], 0, 0, 0], 8)
  const data = await promisify(deflate)(filtered)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    // sRGB, perceptual.
    chunk('sRGB', Buffer.from([0])),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const whole = Buffer.alloc(data.length + 12)
  whole.writeUInt32BE(data.length, 0)
  whole.write(type, 4, 'latin1')
  whole.set(data, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8)
  return whole
}
