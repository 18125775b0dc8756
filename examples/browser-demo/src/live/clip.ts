import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  type VideoSample,
  VideoSampleSink,
} from 'mediabunny'
import { DemoError } from '../engine/failure.js'
import type { Footage } from './footage.js'

/** A video file's frames, decoded by WebCodecs (a <video> would need a blob: URL), again and again. @throws CLIP_INVALID */
export async function openClip(file: Blob): Promise<Footage> {
  const { input, track } = await openVideo(file)
  let closed = false
  return {
    kind: 'clip',
    async *frames() {
      while (!closed) {
        const start = performance.now()
        let first: number | undefined
        for await (const sample of new VideoSampleSink(track).samples()) {
          try {
            first ??= sample.timestamp
            const early = (sample.timestamp - first) * 1000 - (performance.now() - start)
            if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
            if (closed) return
            // Late by more than it lasts: the next one is due already. The first is always shown.
            if (sample.timestamp > first && early < -1000 * Math.max(sample.duration, 0.02)) continue
            yield frameOf(sample)
          } finally {
            sample.close()
          }
        }
        if (first === undefined) throw new DemoError('CLIP_INVALID', 'the video holds no frame')
      }
    },
    close() {
      closed = true
      input.dispose()
    },
  }
}

/** The video track of a file, which this browser can decode. @throws CLIP_INVALID */
export async function openVideo(file: Blob): Promise<{ input: Input; track: InputVideoTrack }> {
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) throw new Error('there is no video in it')
    if (!(await track.canDecode())) throw new Error(`no decoder for ${track.codec ?? 'its codec'}`)
    // mediabunny joins colour and alpha in a worker made of a blob, which the page's policy forbids.
    const first = await new EncodedPacketSink(track).getFirstPacket()
    if (first?.sideData.alpha) throw new Error('it has an alpha channel, which this page does not read')
    return { input, track }
  } catch (cause) {
    input.dispose()
    const name = file instanceof File ? `"${file.name}"` : 'the file'
    throw new DemoError('CLIP_INVALID', `${name}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** The frame as it is to be seen: phones record on their side and say so beside the pixels. */
export function frameOf(sample: VideoSample): VideoFrame {
  if (sample.rotation === 0 && !sample.flip) return sample.toVideoFrame()
  const canvas = new OffscreenCanvas(sample.displayWidth, sample.displayHeight)
  const context = canvas.getContext('2d')
  if (context) sample.draw(context, 0, 0)
  return new VideoFrame(canvas, { timestamp: sample.microsecondTimestamp, duration: sample.microsecondDuration })
}
