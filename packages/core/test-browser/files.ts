/** The pixels of an 8-bit RGB or RGBA PNG file that is not interlaced: the specification in forty lines, without the browser's decoder. */
export async function decodePng(
  file: Blob,
): Promise<{ width: number; height: number; channels: number; data: Uint8Array }> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const view = new DataView(bytes.buffer)
  const [width, height, kind] = [view.getUint32(16), view.getUint32(20), bytes[25]]
  if (bytes[24] !== 8 || (kind !== 2 && kind !== 6) || bytes[28] !== 0) throw new Error('not such a PNG')
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (name === 'IDAT') parts.push(bytes.slice(at + 8, at + 8 + view.getUint32(at)))
  }
  const inflated = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate'))
  const lines = new Uint8Array(await new Response(inflated).arrayBuffer())
  const channels = kind === 6 ? 4 : 3
  const row = width * channels
  const data = new Uint8Array(row * height)
  const at = (y: number, x: number): number => (y < 0 || x < 0 ? 0 : (data[y * row + x] ?? 0))
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (row + 1)]
    for (let x = 0; x < row; x++) {
      const [left, up, corner] = [at(y, x - channels), at(y - 1, x), x < channels ? 0 : at(y - 1, x - channels)]
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0
      data[y * row + x] = (lines[y * (row + 1) + 1 + x] ?? 0) + predicted
    }
  }
  return { width, height, channels, data }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** An RGBA PNG of these pixels, alpha straight. */
export async function encodePng(data: Uint8ClampedArray, width: number, height: number): Promise<Blob> {
  const lines = new Uint8Array((4 * width + 1) * height)
  for (let y = 0; y < height; y++) lines.set(data.subarray(4 * width * y, 4 * width * (y + 1)), (4 * width + 1) * y + 1)
  const deflated = new Blob([lines]).stream().pipeThrough(new CompressionStream('deflate'))
  const header = [...big(width), ...big(height), 8, 6, 0, 0, 0]
  const body = new Uint8Array(await new Response(deflated).arrayBuffer())
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  const all = [...signature, ...chunk('IHDR', header), ...chunk('IDAT', [...body]), ...chunk('IEND', [])]
  return new Blob([Uint8Array.from(all)], { type: 'image/png' })
}

function chunk(name: string, data: number[]): number[] {
  const body = [...[...name].map((letter) => letter.charCodeAt(0)), ...data]
  return [...big(data.length), ...body, ...big(crc32(body))]
}

function big(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

function crc32(data: number[]): number {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** A JPEG file with an EXIF orientation put into it. */
export async function withOrientation(jpeg: Blob, orientation: number): Promise<Blob> {
  const bytes = new Uint8Array(await jpeg.arrayBuffer())
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff]
  const segment = [0xff, 0xe1, 0, body.length + 2, ...body]
  return new Blob([bytes.subarray(0, 2), Uint8Array.from(segment), bytes.subarray(2)], { type: 'image/jpeg' })
}
