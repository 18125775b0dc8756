import { BufferTarget, Conversion, Mp4OutputFormat, Output, type VideoSample, WebMOutputFormat } from 'mediabunny'
import { DemoError } from '../engine/failure.js'
import { frameOf, openVideo } from './clip.js'

/** What turns a frame into the one that takes its place. */
export type Translate = (frame: VideoFrame) => Promise<VideoFrame>

interface ConvertOptions {
  /** The result's size over the source's. */
  readonly scale: number
  readonly signal: AbortSignal
  onProgress(share: number): void
}

/** A whole video file with every frame translated and its sound kept. @throws CLIP_INVALID; an abort rejects with signal.reason */
export async function convertClip(
  file: Blob,
  translate: Translate,
  { scale, signal, onProgress }: ConvertOptions,
): Promise<Blob> {
  const reasons: string[] = []
  for (const format of [new Mp4OutputFormat({ fastStart: 'in-memory' }), new WebMOutputFormat()]) {
    const { input, track } = await openVideo(file)
    try {
      const target = new BufferTarget()
      const conversion = await Conversion.init({
        input,
        output: new Output({ format, target }),
        video: {
          forceTranscode: true,
          // Frames come upright, as they are seen.
          allowRotationMetadata: false,
          process: (sample) => translated(sample, translate),
          processedWidth: scale * (await track.getDisplayWidth()),
          processedHeight: scale * (await track.getDisplayHeight()),
        },
        showWarnings: false,
      })
      const dropped = conversion.discardedTracks.filter(({ track }) => track.type === 'video')
      reasons.push(...dropped.map(({ reason }) => `${format.mimeType}: ${reason}`))
      if (!conversion.isValid || dropped.length > 0) continue
      conversion.onProgress = onProgress
      const cancel = (): void => void conversion.cancel()
      signal.addEventListener('abort', cancel)
      try {
        signal.throwIfAborted()
        await conversion.execute()
      } catch (error) {
        signal.throwIfAborted()
        throw error
      } finally {
        signal.removeEventListener('abort', cancel)
      }
      return new Blob([target.buffer ?? new ArrayBuffer(0)], { type: format.mimeType })
    } finally {
      input.dispose()
    }
  }
  throw new DemoError('CLIP_INVALID', `this browser encodes none of the formats (${reasons.join('; ')})`)
}

async function translated(sample: VideoSample, translate: Translate): Promise<OffscreenCanvas> {
  const frame = frameOf(sample)
  const result = await translate(frame).finally(() => frame.close())
  const canvas = new OffscreenCanvas(result.displayWidth, result.displayHeight)
  canvas.getContext('2d')?.drawImage(result, 0, 0)
  result.close()
  return canvas
}
