import { I2iError, type RawImageInit } from '@i2i/color'
import { readSource } from '../sources.js'
import type { ImageSource } from '../types.js'
import { sentImage } from './pictures.js'
import type { Parcel } from './wire.js'

/** A picture on its way into the worker; discard() frees it when it does not get there. */
export interface SentSource extends Parcel<object> {
  discard?(): void
}

/**
 * What the worker gets of a source, which stays as it is: a clone of a VideoFrame (the same memory), a copy of pixels. Handed over,
 * the source itself moves, and is empty or closed here. @throws IMAGE_INVALID, OPTION_INVALID
 */
export function sentSource(source: ImageSource, handOver: boolean): SentSource | Promise<SentSource> {
  const given: unknown = source
  if (hasPixels(given)) return sentImage(given, handOver)
  switch (kindOf(given)) {
    case 'VideoFrame':
      return sentFrame(given as Frame, handOver)
    case 'ImageBitmap':
      return { value: given as object, moved: handOver ? [given as object] : [] }
    case 'Blob':
    case 'File':
      return { value: given as object, moved: [] }
    default:
      return readSource(source).then((image) => sentImage(image, true))
  }
}

interface Frame {
  clone(): Frame
  close(): void
}

function sentFrame(frame: Frame, handOver: boolean): SentSource {
  if (handOver) return { value: frame, moved: [frame] }
  const clone = cloned(frame)
  return { value: clone, moved: [clone], discard: () => clone.close() }
}

function cloned(frame: Frame): Frame {
  try {
    return frame.clone()
  } catch (cause) {
    throw new I2iError(
      'IMAGE_INVALID',
      `the VideoFrame cannot be read (${String(cause)}); pass it before it is closed`,
      {
        cause,
      },
    )
  }
}

function hasPixels(value: unknown): value is RawImageInit {
  return typeof value === 'object' && value !== null && 'format' in value && ('planes' in value || 'data' in value)
}

function kindOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? value.constructor?.name : undefined
}
