import type { Writable } from 'node:stream'
import { I2iError, type RawImage } from '@i2i/core'
import { type Encoded, type EncodeOptions, videoArgs } from './encoder-args.js'
import { type Ending, lastWords, type Running, start } from './ffmpeg.js'
import { matroskaFrame, matroskaHead } from './matroska.js'
import { fileUrl, type OtherStream, type VideoInfo } from './probe.js'
import { keepTimes, seekArgs } from './reader.js'

/** Where a result comes from and what it keeps of that. */
export interface WriterInit {
  /** What the result is called in messages. */
  readonly name: string
  readonly info: VideoInfo
  readonly picture: Encoded
  /** Of the first frame, in the source's time base. */
  readonly firstTime: number
  /** Streams of the source that are copied. */
  readonly copied: readonly OtherStream[]
  readonly start?: number
  readonly duration?: number
  readonly encode: EncodeOptions
}

/** Encodes frames into a file, with the other streams of their source beside them. */
export class VideoWriter implements AsyncDisposable {
  readonly #name: string
  readonly #running: Running
  readonly #pipe: Writable
  readonly #nanosecondsPerUnit: number
  #frames = 0

  private constructor(running: Running, { name, info, picture }: WriterInit) {
    this.#name = name
    this.#running = running
    this.#pipe = running.child.stdin!
    const { num, den } = info.timeBase
    this.#nanosecondsPerUnit = (1e9 * num) / den
    const { frameRate, tags } = info
    const nanoseconds = frameRate && (1e9 * frameRate.den) / frameRate.num
    const { width, height } = picture
    this.#pipe.write(
      matroskaHead({ width, height, ...(nanoseconds && { nanoseconds }), ...(tags.siting && { siting: tags.siting }) }),
    )
  }

  /** Starts to encode. @throws BACKEND_UNAVAILABLE */
  static async open(path: string, init: WriterInit): Promise<VideoWriter> {
    return new VideoWriter(await start('ffmpeg', encoderArgs(path, init), [0]), init)
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#frames
  }

  /** Encodes one picture; once it settles, the picture may be changed. @throws VIDEO_FAILED */
  async write(image: RawImage, time: number): Promise<void> {
    const parts = matroskaFrame(image, Math.round(time * this.#nanosecondsPerUnit))
    this.#pipe.cork()
    const sent = parts.map(
      (part) => new Promise<boolean>((resolve) => this.#pipe.write(part, (error) => resolve(!error))),
    )
    this.#pipe.uncork()
    if (!(await Promise.all(sent)).every(Boolean)) throw broken(this.#name, await this.#running.ended, this.#frames)
    this.#frames++
  }

  /** Waits until the file is whole. @throws VIDEO_FAILED */
  async finish(): Promise<void> {
    this.#pipe.end()
    const ending = await this.#running.ended
    if (ending.code !== 0) throw broken(this.#name, ending, this.#frames)
  }

  /** Ends ffmpeg if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop()
  }
}

function broken(name: string, ending: Ending, frames: number): I2iError {
  const full = /No space left|ENOSPC|File too large|disk full/i.test(ending.said)
  const remedy = full ? 'free some space there' : 'see what ffmpeg says'
  return new I2iError(
    'VIDEO_FAILED',
    `the encoder of ${name} failed after ${frames} frames (${lastWords(ending)}); ${remedy}`,
    {
      details: { path: name, frames },
    },
  )
}

function encoderArgs(
  path: string,
  { info, picture, firstTime, copied, start, duration, encode }: WriterInit,
): readonly string[] {
  return [
    ...['-v', 'error', '-nostdin', '-y'],
    // ffmpeg lets each input begin at 0, and so would put a picture that begins late beside the wrong sound.
    ...['-itsoffset', ((firstTime * info.timeBase.num) / info.timeBase.den).toFixed(6)],
    ...['-f', 'matroska', '-i', 'pipe:0'],
    // Its pictures come through the pipe.
    ...['-vn', ...seekArgs(start, duration), '-i', fileUrl(info.path)],
    ...['-map', '0:v:0', ...copied.flatMap(({ index }) => ['-map', `1:${index}`])],
    ...['-map_metadata', '1', '-map_metadata:s:v:0', `1:s:${info.index}`, '-map_chapters', '1'],
    // A file is entered at the key frame before; what is copied from there would come too early.
    ...['-c:a', 'copy', '-c:s', 'copy', '-copypriorss', '0'],
    ...videoArgs(path, picture, encode),
    ...keepTimes(info),
    fileUrl(path),
  ]
}
