import { createImage, I2iError, type RawImage } from '@i2i/core'
import { ByteReader } from './byte-reader.js'
import type { DecodeOptions, DecodePlan } from './decode-plan.js'
import { type Ending, lastWords, type Running, start } from './ffmpeg.js'
import { FrameTimes, frameTimeFilters } from './frame-times.js'
import { fileUrl, type VideoInfo } from './probe.js'
import { formatRational } from './rational.js'

/** One decoded frame. */
export interface VideoFrame {
  readonly image: RawImage
  /** In the video's time base, from where reading started. */
  readonly time: number
}

/** The frames of a video, one after the other. ffmpeg waits while nobody reads: memory holds the frame that is read and a pipe's worth. */
export class VideoReader implements AsyncDisposable {
  readonly #info: VideoInfo
  readonly #plan: DecodePlan
  readonly #running: Running
  readonly #bytes: ByteReader
  readonly #times: FrameTimes
  #frames = 0

  private constructor(info: VideoInfo, plan: DecodePlan, running: Running) {
    this.#info = info
    this.#plan = plan
    this.#running = running
    this.#bytes = new ByteReader(running.child.stdout!)
    this.#times = new FrameTimes(
      running.child.stdio[timesFd] as NodeJS.ReadableStream as ConstructorParameters<typeof FrameTimes>[0],
    )
  }

  /** Starts to decode. @throws BACKEND_UNAVAILABLE */
  static async open(info: VideoInfo, plan: DecodePlan, options: DecodeOptions): Promise<VideoReader> {
    return new VideoReader(info, plan, await start('ffmpeg', decoderArgs(info, plan, options), [1, timesFd]))
  }

  /** Frames read so far. */
  get frames(): number {
    return this.#frames
  }

  /** What showed while reading. */
  get notes(): readonly string[] {
    if (!this.#times.restarted) return []
    const { width, height } = this.#plan
    return [
      `the video changes its size or its kind of pixels on the way: ffmpeg brings every frame to ${width}x${height}`,
    ]
  }

  /** A picture for read() to fill. */
  allocate(): RawImage {
    const { width, height, colorSpace } = this.#plan
    return createImage('I420', width, height, colorSpace)
  }

  /** Reads the next frame into `image`; undefined behind the last. @throws IMAGE_INVALID, VIDEO_FAILED */
  async read(image: RawImage): Promise<VideoFrame | undefined> {
    for (const { data } of image.planes) {
      if ((await this.#bytes.fill(data)) < data.length) return await this.#end()
    }
    const time = await this.#times.next()
    if (time === undefined) throw broken(this.#info.path, await this.#running.ended, this.#frames)
    this.#frames++
    return { image, time }
  }

  async #end(): Promise<undefined> {
    const ending = await this.#running.ended
    if (ending.code !== 0) throw broken(this.#info.path, ending, this.#frames)
    return undefined
  }

  /** Ends ffmpeg if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop()
  }
}

const timesFd = 3

function broken(path: string, ending: Ending, frames: number): I2iError {
  const details = { path, frames }
  if (ending.signal) {
    return new I2iError(
      'VIDEO_FAILED',
      `the decoder of ${path} was ${lastWords(ending)} after ${frames} frames; run it again`,
      { details },
    )
  }
  return new I2iError(
    'IMAGE_INVALID',
    `${path} is damaged: decoding stopped after ${frames} frames (${lastWords(ending)}); mend it, or go on behind damaged frames (--damaged)`,
    { details },
  )
}

function decoderArgs(
  info: VideoInfo,
  plan: DecodePlan,
  { start, duration, upright, damaged }: DecodeOptions,
): readonly string[] {
  const filters = [...frameTimeFilters(formatRational(info.timeBase), timesFd), ...plan.filters]
  return [
    ...['-v', 'error', '-nostdin', ...(damaged ? [] : ['-xerror'])],
    ...(upright ? [] : ['-noautorotate']),
    ...seekArgs(start, duration),
    ...['-i', fileUrl(info.path), '-map', `0:${info.index}`],
    ...['-vf', filters.join(','), ...keepTimes(info), '-pix_fmt', plan.pixelFormat],
    ...['-f', 'rawvideo', 'pipe:1'],
  ]
}

/** The part of an input that is read. */
export function seekArgs(start?: number, duration?: number): readonly string[] {
  return [...(start ? ['-ss', String(start)] : []), ...(duration === undefined ? [] : ['-t', String(duration)])]
}

/** No frame is doubled or dropped to even out a frame rate. */
export function keepTimes({ ffmpeg }: VideoInfo): readonly string[] {
  // FFmpeg before 5.1 has the old name alone.
  return /^([0-4]\.|5\.0)/.test(ffmpeg) ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough']
}
