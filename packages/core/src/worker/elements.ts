import { decode } from '../browser/bitmaps.js'
import { contextOf, resize } from '../browser/canvas-sink.js'
import { readCanvas } from '../browser/canvas-source.js'
import type { Canvas, Image, Video } from '../browser/dom.js'
import { ScratchCanvas } from '../browser/scratch-canvas.js'
import { frameOf } from '../browser/video-frame.js'
import { sentImage } from './pictures.js'
import { type Closable, closable, type SentSource } from './sent.js'
import type { Target } from './targets.js'

/** What an element or canvas shows now: they stay in the page, so it is read here, with what translate() would read. @throws IMAGE_INVALID */
export async function sentElement(
  source: object,
  kind: 'HTMLVideoElement' | 'HTMLImageElement' | 'HTMLCanvasElement' | 'OffscreenCanvas',
): Promise<SentSource> {
  switch (kind) {
    case 'HTMLVideoElement': {
      const frame = frameOf(source as Video)
      if (frame) return closable(frame)
      const { videoWidth, videoHeight } = source as Video
      return sentImage(new ScratchCanvas().read(source, videoWidth, videoHeight), true)
    }
    case 'HTMLImageElement': {
      const { bitmap, decision } = await decode(source as Image)
      return { ...closable(bitmap), decision }
    }
    default:
      return sentImage(readCanvas(source as Canvas, kind, new ScratchCanvas()), true)
  }
}

/** A canvas of the page: the worker sends what it would draw there. @throws OPTION_INVALID */
export function elementTarget(into: object): Target {
  const canvas = into as Canvas
  const context = contextOf(canvas)
  return {
    sent: () => ({ value: { drawn: true }, moved: [] }),
    filled: (translation, { drawn }) => {
      const bitmap = drawn as Closable & { readonly width: number; readonly height: number }
      const { width, height } = bitmap
      resize(canvas, bitmap)
      context.clearRect(0, 0, width, height)
      context.drawImage(bitmap, 0, 0, width, height)
      bitmap.close()
      return translation
    },
  }
}
