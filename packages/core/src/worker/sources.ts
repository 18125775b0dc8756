import { closed } from '../browser/refusal.js'
import { brand, readSource } from '../sources.js'
import type { ImageSource } from '../types.js'
import { sentImage } from './pictures.js'
import { type Closable, closable, type SentSource } from './sent.js'

/**
 * What the worker gets of a source, which stays as it is: a clone of a VideoFrame (the same memory), what an element shows, a copy of
 * pixels. Handed over, the source itself moves, and is empty or closed here.
 * @throws IMAGE_INVALID, OPTION_INVALID, OUT_OF_MEMORY
 */
export async function sentSource(source: ImageSource, handOver: boolean): Promise<SentSource> {
  const given: object = source
  const kind = brand(given)
  switch (kind) {
    case 'VideoFrame': {
      const frame = given as { clone(): Closable; visibleRect: object | null }
      if (!frame.visibleRect) throw closed(kind)
      return handOver ? { value: given, moved: [given] } : closable(frame.clone())
    }
    case 'ImageBitmap':
      if ((given as { width: number }).width === 0) throw closed(kind)
      return { value: given, moved: handOver ? [given] : [] }
    case 'Blob':
    case 'File':
      return { value: given, moved: [] }
    case 'HTMLVideoElement':
    case 'HTMLImageElement':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas': {
      const { sentElement } = await import('./elements.js')
      return await sentElement(given, kind)
    }
    default:
      return sentImage((await readSource(source, neverNeeded)).image, handOver)
  }
}

// All that it reads is listed above.
function neverNeeded(): never {
  throw new Error('a source that only a browser reads')
}
