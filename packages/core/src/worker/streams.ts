import { I2iError, type RawImage } from '@i2i/color'
import { brand } from '../sources.js'
import { closeFrame, type StreamFrame } from '../stream/pair.js'
import type { StreamOptions, Translator } from '../types.js'
import type { WireStream } from './protocol.js'

interface OpenStream {
  readonly writer: WritableStreamDefaultWriter<StreamFrame>
  readonly reader: ReadableStreamDefaultReader<StreamFrame>
}

/** The worker's side of the streams of a translator: the page keeps their order and drops late frames, so that one is here at a time. */
export class Streams {
  readonly #translator: Translator
  readonly #open = new Map<number, OpenStream>()

  constructor(translator: Translator) {
    this.#translator = translator
  }

  /** One frame through. An abort ends the stream. */
  async frame({ id, options }: WireStream, frame: StreamFrame, signal: AbortSignal): Promise<StreamFrame> {
    const { writer, reader } = this.#open.get(id) ?? this.#opened(id, options)
    const abort = (): void => void writer.abort(signal.reason).catch(() => undefined)
    signal.addEventListener('abort', abort, { once: true })
    try {
      // What goes wrong with it is what the reader is told.
      writer.write(frame).catch(() => undefined)
      const { value } = await reader.read()
      if (value) return value
      throw new I2iError('DISPOSED', 'the stream is over')
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** The page's stream is over. */
  async end(id: number): Promise<void> {
    const stream = this.#open.get(id)
    this.#open.delete(id)
    await stream?.writer.abort().catch(() => undefined)
  }

  #opened(id: number, options: StreamOptions): OpenStream {
    const { writable, readable } = this.#translator.translateStream<StreamFrame>(options)
    const stream = { writer: writable.getWriter(), reader: readable.getReader() }
    stream.writer.closed.catch(() => undefined)
    stream.reader.closed.catch(() => undefined)
    this.#open.set(id, stream)
    return stream
  }
}

/** Pipes a stream through the translator into another stream, or onto a canvas. */
export async function pipe(
  translator: Translator,
  source: ReadableStream<StreamFrame>,
  sink: object,
  options: StreamOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = options
  const into = brand(sink) === 'OffscreenCanvas' ? canvasSink(sink as Canvas) : (sink as WritableStream<StreamFrame>)
  await source.pipeThrough(translator.translateStream<StreamFrame>(options), { signal }).pipeTo(into, { signal })
}

interface Canvas {
  width: number
  height: number
  getContext(kind: '2d'): { drawImage(picture: unknown, x: number, y: number): void } | null
}

/** Shows every frame. */
function canvasSink(canvas: Canvas): WritableStream<StreamFrame> {
  const context = canvas.getContext('2d')
  if (!context) throw new I2iError('OPTION_INVALID', 'the canvas has a context of another kind; pass a fresh one')
  return new WritableStream({
    write: (frame) => {
      try {
        const { displayWidth, displayHeight } = frame as unknown as { displayWidth: number; displayHeight: number }
        if (canvas.width !== displayWidth) canvas.width = displayWidth
        if (canvas.height !== displayHeight) canvas.height = displayHeight
        context.drawImage(frame, 0, 0)
      } finally {
        closeFrame(frame)
      }
    },
  })
}

/** What of a frame moves. */
export function movedFrame(frame: StreamFrame): readonly object[] {
  const { planes } = frame as Partial<RawImage>
  return planes ? [...new Set(planes.map(({ data }) => data.buffer))] : [frame]
}
