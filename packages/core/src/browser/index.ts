import type { Parts } from '../parts.js'
import type { Picture } from '../picture.js'
import type { Sink } from '../sinks.js'
import type { ImageForms, TranslateOptions } from '../types.js'
import { readBitmap, readEncoded } from './bitmaps.js'
import { readCanvas } from './canvas-source.js'
import type { Bitmap, Canvas, Frame, Image, Video } from './dom.js'
import { Room } from './room.js'
import { ScratchCanvas } from './scratch-canvas.js'
import { openBrowserSink } from './sinks.js'
import { readVideo, readVideoFrame } from './video-frame.js'

/** Reads and makes a browser's pictures for one translator; its memory and canvas are used again for every frame. */
export class Browser {
  readonly #scratch = new ScratchCanvas()
  readonly #in = new Room()
  readonly #out = new Room()

  /** The pixels of an object of the class that `kind` names. @throws IMAGE_INVALID, OPTION_INVALID, OUT_OF_MEMORY */
  async read(source: object, kind: string): Promise<Picture> {
    switch (kind) {
      case 'VideoFrame':
        return await readVideoFrame(source as Frame, this.#in, this.#scratch)
      case 'HTMLVideoElement':
        return await readVideo(source as Video, this.#in, this.#scratch)
      case 'ImageBitmap':
        return { image: readBitmap(source as Bitmap, this.#scratch) }
      case 'HTMLCanvasElement':
      case 'OffscreenCanvas':
        return { image: readCanvas(source as Canvas, kind, this.#scratch) }
      default:
        return await readEncoded(source as Blob | Image, this.#scratch)
    }
  }

  /** What `as` and `into` ask for beyond RawImages. @throws OPTION_INVALID */
  async sink<A extends keyof ImageForms>(options: TranslateOptions<A>, parts: Parts): Promise<Sink<A>> {
    return await openBrowserSink(options, parts, this.#out)
  }
}
