import type { RawImage } from '@i2i/color'
import type { Dom } from '../dom.js'
import type { FrameStream } from './frame-stream.js'

/** What streams carry. */
export type StreamFrame = RawImage | Dom<'VideoFrame'>

/** What translateStream() returns. */
export interface FramePair<F> {
  readonly readable: ReadableStream<F>
  readonly writable: WritableStream<F>
}

// Node's types leave the signal out; Node 20 has it, as browsers do.
type WriterEnd = WritableStreamDefaultController & { readonly signal: AbortSignal }

/** The inner sides of a pair. */
export interface StreamEnds<F> {
  readonly writer: WriterEnd
  readonly reader: ReadableStreamDefaultController<F>
  /** Frames that were written and have not been closed. */
  readonly owned: Set<F>
  /** Set when the stream has ended: a frame written from then on is closed at once. */
  over: boolean
  readonly readable: ReadableStream<F>
  /** Aborts when the reader cancels. */
  readonly cancelled: AbortSignal
}

/** Two ends at once; what is between them may load first. */
export function framePair<F>(open: (ends: StreamEnds<F>) => Promise<FrameStream<F>>): FramePair<F> {
  const owned = new Set<F>()
  const cancelled = new AbortController()
  let writer!: WriterEnd
  let reader!: ReadableStreamDefaultController<F>
  const writable = new WritableStream<F>(
    {
      start: (controller) => {
        writer = controller as WriterEnd
      },
      write: async (frame) => await (await stream).write(frame),
      close: async () => await (await stream).finish(),
    },
    {
      highWaterMark: 1,
      // The one place that sees a frame as soon as it is written: those that an abort finds in the queue reach no write().
      size: (frame) => {
        if (ends.over) closeFrame(frame)
        else owned.add(frame)
        return 1
      },
    },
  )
  const readable = new ReadableStream<F>(
    {
      start: (controller) => {
        reader = controller
      },
      pull: async () => (await stream).want(),
      cancel: (reason) => cancelled.abort(reason),
    },
    // A cancel drops what is queued without a word, and a dropped VideoFrame stays open: so nothing is ever queued there.
    { highWaterMark: 0 },
  )
  const ends: StreamEnds<F> = { writer, reader, owned, over: false, readable, cancelled: cancelled.signal }
  const stream = open(ends)
  stream.catch(() => {
    ends.over = true
    owned.forEach(closeFrame)
  })
  return { readable, writable }
}

/** Closes a VideoFrame; a RawImage has nothing to close. */
export function closeFrame(frame: unknown): void {
  const { close } = (frame ?? {}) as { close?: () => void }
  close?.call(frame)
}
