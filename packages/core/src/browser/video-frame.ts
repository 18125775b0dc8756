import { type ColorSpaceInit, I2iError, type PixelFormat, type RawImage, type Rect } from '@i2i/color'
import type { Picture } from '../picture.js'
import type { Decision } from '../types.js'
import { type Frame, host, type Video } from './dom.js'
import { closed, noPixels, unreadable } from './refusal.js'
import type { Room } from './room.js'
import type { ScratchCanvas } from './scratch-canvas.js'

/** Formats that are read as they lie. */
const native: Readonly<Record<string, PixelFormat>> = {
  I420: 'I420',
  NV12: 'NV12',
  RGBA: 'RGBA',
  RGBX: 'RGBA',
  BGRA: 'BGRA',
  BGRX: 'BGRA',
}

/** The visible part of a frame: in its own layout where a PixelFormat has it, else in RGBA as the browser converts it. @throws IMAGE_INVALID */
export async function readVideoFrame(frame: Frame, room: Room, scratch: ScratchCanvas): Promise<Picture> {
  const visibleRect = visiblePart(frame)
  const { format } = frame
  const time = timeOf(frame)
  try {
    if (frame.rotation || frame.flip) return { ...drawn(frame, scratch, turn(frame)), time }
    if (format === null) return { ...drawn(frame, scratch, 'its format is opaque'), time }
    const own = native[format]
    if (own) return { image: await copied(frame, own, room), time }
    const { width, height } = visibleRect
    // A browser that does not know the option would copy the native layout.
    if (frame.allocationSize({ format: 'RGBA' }) !== 4 * width * height) {
      return { ...drawn(frame, scratch, `${format} has no layout here`), time }
    }
    const image = room.image('RGBA', width, height, labels(frame.colorSpace.toJSON()))
    await frame.copyTo(room.bytes, { format: 'RGBA' })
    return { image, time, decision: converted(`${format} has no layout here: copyTo({ format: 'RGBA' })`) }
  } catch (error) {
    throw unreadable('VideoFrame', error)
  }
}

/** @throws IMAGE_INVALID for a frame that was closed */
export function visiblePart({ visibleRect }: Frame): Rect {
  if (visibleRect) return visibleRect
  throw closed('VideoFrame')
}

/** When a frame is shown and for how long. */
export function timeOf({ timestamp, duration }: Frame): NonNullable<Picture['time']> {
  return { timestamp, ...(duration !== null && { duration }) }
}

/** The pixels of the frame that a video shows now. @throws IMAGE_INVALID, OPTION_INVALID */
export async function readVideo(video: Video, room: Room, scratch: ScratchCanvas): Promise<Picture> {
  const frame = frameOf(video)
  if (frame) {
    try {
      return await readVideoFrame(frame, room, scratch)
    } finally {
      frame.close()
    }
  }
  try {
    const image = scratch.read(video, video.videoWidth, video.videoHeight)
    return { image, time: { timestamp: Math.round(video.currentTime * 1e6) } }
  } catch (error) {
    throw unreadable('HTMLVideoElement', error)
  }
}

/** The frame that a video shows now, to be closed; undefined where the host has no VideoFrame. @throws IMAGE_INVALID */
export function frameOf(video: Video): Frame | undefined {
  // HAVE_CURRENT_DATA
  if (video.readyState < 2 || video.videoWidth === 0 || video.videoHeight === 0) {
    throw noPixels('HTMLVideoElement', `has no frame yet (readyState ${video.readyState}); wait for "loadeddata"`)
  }
  try {
    return host.VideoFrame && new host.VideoFrame(video)
  } catch (error) {
    throw unreadable('HTMLVideoElement', error)
  }
}

async function copied(frame: Frame, format: PixelFormat, room: Room): Promise<RawImage> {
  const { width, height } = frame.visibleRect ?? { width: 0, height: 0 }
  const space = frame.colorSpace.toJSON()
  const yuv = format === 'I420' || format === 'NV12'
  const image = room.image(format, width, height, yuv ? yuvSpace(space) : labels(space))
  await frame.copyTo(room.bytes)
  if (frame.format === 'RGBX' || frame.format === 'BGRX') opaque(room.bytes)
  return image
}

// Chromium's rule for what a frame does not say.
function yuvSpace(space: ColorSpaceInit): ColorSpaceInit {
  const said = (space.matrix ?? undefined) !== undefined && (space.fullRange ?? undefined) !== undefined
  const filled = { ...space, matrix: space.matrix ?? 'bt709', fullRange: space.fullRange ?? false }
  return said ? filled : { ...filled, ...assumed }
}

const assumed = { assumed: true } as const

// An RGB picture has no matrix to choose; some browsers name one all the same.
function labels({ primaries, transfer }: ColorSpaceInit): ColorSpaceInit {
  return { ...(primaries && { primaries }), ...(transfer && { transfer }) }
}

// What lies in an X is anything.
function opaque(bytes: Uint8ClampedArray): void {
  for (let i = 3; i < bytes.length; i += 4) bytes[i] = 255
}

function turn({ rotation = 0, flip = false }: Frame): string {
  return `its rotation of ${rotation} degrees${flip ? ' and its flip are' : ' is'} applied`
}

function drawn(frame: Frame, scratch: ScratchCanvas, why: string): Picture {
  const { width, height } = frame.visibleRect ?? { width: 0, height: 0 }
  const sideways = (frame.rotation ?? 0) % 180 !== 0
  const image = sideways ? scratch.read(frame, height, width) : scratch.read(frame, width, height)
  return { image, decision: converted(`drawn on a canvas: ${why}`) }
}

function converted(reason: string): Decision {
  return {
    what: 'source',
    choice: 'VideoFrame as RGBA',
    outcome: 'taken',
    reason: `converted by the browser: ${reason}`,
  }
}

/** A frame made of a picture that lies tightly in `bytes`. @throws OPTION_INVALID, IMAGE_INVALID */
export function makeVideoFrame(
  image: RawImage,
  bytes: ArrayBuffer,
  time: Picture['time'],
  colorSpace: ColorSpaceInit,
): Frame {
  const { VideoFrame } = host
  if (!VideoFrame) throw new I2iError('OPTION_INVALID', 'this host has no VideoFrame; ask for "RawImage"')
  const { format, width, height } = image
  try {
    return new VideoFrame(bytes, {
      format,
      codedWidth: width,
      codedHeight: height,
      timestamp: time?.timestamp ?? 0,
      ...(time?.duration !== undefined && { duration: time.duration }),
      colorSpace,
    })
  } catch (cause) {
    throw new I2iError('IMAGE_INVALID', `no VideoFrame of ${format} ${width}x${height}: ${String(cause)}`, { cause })
  }
}
