// Frames with their timestamps, as FFmpeg reads them from a pipe: Matroska with uncompressed video (RFC 9559). Raw video alone has no
// timestamps, and a frame rate cannot stand for those of a variable one.
import type { RawImage } from '@i2i/core'
import { planeSizes } from '@i2i/core'

const ids = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  defaultDuration: 0x23e383,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  colourSpace: 0x2eb524,
  colour: 0x55b0,
  sitingHorizontal: 0x55b7,
  sitingVertical: 0x55b8,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const

/** FFmpeg's names of chroma sitings as Matroska's: horizontally and vertically, 1 at the first luma sample, 2 between two. */
const sitings: Readonly<Record<string, readonly [number, number]>> = { left: [1, 2], topleft: [1, 1], center: [2, 2] }

/** What stands before the first frame. */
export interface MatroskaInit {
  readonly width: number
  readonly height: number
  /** Of one frame, where all are alike or nearly so. */
  readonly nanoseconds?: number
  /** One of FFmpeg's names. */
  readonly siting?: string
}

/** The bytes before the first frame of an I420 video whose timestamps are in nanoseconds. */
export function matroskaHead({ width, height, nanoseconds, siting }: MatroskaInit): Buffer {
  const [horizontal, vertical] = (siting && sitings[siting]) || []
  const video = [
    uint(ids.pixelWidth, width),
    uint(ids.pixelHeight, height),
    element(ids.colourSpace, Buffer.from('I420')),
    ...(horizontal && vertical
      ? [element(ids.colour, uint(ids.sitingHorizontal, horizontal), uint(ids.sitingVertical, vertical))]
      : []),
  ]
  const track = [
    uint(ids.trackNumber, 1),
    uint(ids.trackUid, 1),
    uint(ids.trackType, 1),
    ...(nanoseconds ? [uint(ids.defaultDuration, Math.round(nanoseconds))] : []),
    element(ids.codecId, Buffer.from('V_UNCOMPRESSED')),
    element(ids.video, ...video),
  ]
  return Buffer.concat([
    element(ids.ebml, element(ids.docType, Buffer.from('matroska'))),
    idBytes(ids.segment),
    unknownSize,
    element(ids.info, uint(ids.timestampScale, 1)),
    element(ids.tracks, element(ids.trackEntry, ...track)),
  ])
}

/** The bytes of one frame: what stands before its pixels, then the rows of its planes. Nothing is copied where planes are tight. */
export function matroskaFrame(image: RawImage, nanoseconds: number): readonly Uint8Array[] {
  const planes = planeSizes(image.format, image.width, image.height).flatMap(({ rowBytes, rows }, index) => {
    const { data, stride } = image.planes[index]!
    if (stride === rowBytes) return [bytes(data, 0, rowBytes * rows)]
    return Array.from({ length: rows }, (_, row) => bytes(data, row * stride, rowBytes))
  })
  const size = planes.reduce((sum, plane) => sum + plane.byteLength, 0)
  // Track 1, at the cluster's own time, a key frame.
  const block = Buffer.from([0x81, 0, 0, 0x80])
  const time = uint(ids.timestamp, nanoseconds)
  const blockHead = Buffer.concat([idBytes(ids.simpleBlock), sizeBytes(block.length + size), block])
  const head = [idBytes(ids.cluster), sizeBytes(time.length + blockHead.length + size), time, blockHead]
  return [Buffer.concat(head), ...planes]
}

function bytes(data: Uint8Array | Uint8ClampedArray, start: number, length: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset + start, length)
}

const unknownSize = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

function element(id: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([idBytes(id), sizeBytes(body.length), body])
}

function uint(id: number, value: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeBigUInt64BE(BigInt(value))
  return element(id, body)
}

// An id carries its own length marker.
function idBytes(id: number): Buffer {
  const length = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1
  const body = Buffer.alloc(length)
  body.writeUIntBE(id, 0, length)
  return body
}

function sizeBytes(size: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeBigUInt64BE(0x0100000000000000n | BigInt(size))
  return body
}
