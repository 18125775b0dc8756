import { I2iError, type Translator } from '@i2i/core'
import { type DecodeOptions, type DecodePlan, decodePlan } from './decode-plan.js'
import { noteDisplayMatrix } from './display-matrix.js'
import { checkContainer, type EncodeOptions, keepsRotation } from './encoder-args.js'
import { OutputFile } from './output-file.js'
import type { VideoInfo } from './probe.js'
import { VideoReader } from './reader.js'
import { Results } from './results.js'
import { StageClock, type StageTimes } from './stage-clock.js'
import { type StreamPlan, streamName, streamPlan } from './streams.js'

/** What of a video is translated, and how the result is written. */
export interface TranslateVideoOptions extends DecodeOptions, EncodeOptions {
  /** Replaces a result that is there already. Default: it is refused. */
  readonly overwrite?: boolean
  /** Values for the manifest's `params`. */
  readonly params?: Readonly<Record<string, number | readonly number[]>>
  /** Called behind each frame. */
  onProgress?(progress: VideoProgress): void
  /** Aborting ends ffmpeg, leaves no file and rejects with signal.reason. */
  readonly signal?: AbortSignal
}

/** How far a video is. */
export interface VideoProgress {
  readonly frames: number
  /** Frames there will be, as far as the file tells. */
  readonly expected?: number
  /** Frames a second since the first. */
  readonly fps: number
}

/** What became of a video. */
export interface VideoReport {
  readonly frames: number
  readonly width: number
  readonly height: number
  /** How frames were read: `assumed` where the video did not say. */
  readonly colorSpace: DecodePlan['colorSpace']
  readonly streams: StreamPlan
  /** What people should know: conversions, assumptions, what is not kept. */
  readonly notes: readonly string[]
  readonly times: StageTimes
}

/**
 * Translates a video frame by frame into a new file: I420 in, I420 out, with the colour tags, times, pixel aspect, rotation, sound and
 * subtitles of the source. Memory holds a few frames, however long it is. The result appears whole or not at all.
 * @throws IMAGE_INVALID, OPTION_INVALID, VIDEO_FAILED, BACKEND_UNAVAILABLE, and what translate() throws
 */
export async function translateVideo(
  info: VideoInfo,
  output: string,
  translator: Translator,
  options: TranslateVideoOptions = {},
): Promise<VideoReport> {
  const { signal } = options
  signal?.throwIfAborted()
  checkContainer(output, options)
  await using file = await OutputFile.claim(output, info.path, options.overwrite ?? false)
  const turning = turn(info, output, options)
  const decode = { ...options, upright: turning.upright }
  const plan = decodePlan(info, decode)
  const streams = await streamPlan(info, output)
  signal?.throwIfAborted()
  await using reader = await VideoReader.open(info, plan, decode)
  await using results = new Results(file.part, { name: output, info, plan, streams, options })
  const stop = (): void => {
    void reader[Symbol.asyncDispose]()
    void results[Symbol.asyncDispose]()
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const clock = new StageClock()
    await translateAll({ reader, results, translator, clock, info, options })
    await clock.time('encode', results.finish())
    if (turning.matrix) await noteDisplayMatrix(file.part, scaled(turning.matrix, results.size.width / info.width))
    signal?.throwIfAborted()
    await file.commit()
    const notes = [
      ...plan.notes,
      ...turning.notes,
      ...reader.notes,
      ...results.notes,
      ...streams.left.map((stream) => `${streamName(stream)} is left out: ${stream.reason}`),
    ]
    return { ...results.size, frames: reader.frames, colorSpace: plan.colorSpace, streams, notes, times: clock.read() }
  } catch (error) {
    // What breaks because of an abort is no failure of its own.
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

interface Work {
  readonly info: VideoInfo
  readonly reader: VideoReader
  readonly results: Results
  readonly translator: Translator
  readonly clock: StageClock
  readonly options: TranslateVideoOptions
}

// While one frame is translated the next is read and the last is written: two pictures on either side.
async function translateAll({ info, reader, results, translator, clock, options }: Work): Promise<void> {
  const { params, signal, onProgress } = options
  const expected = expectedFrames(info, options)
  const pictures = [reader.allocate(), reader.allocate()] as const
  let next = reader.read(pictures[0])
  for (let frames = 1; ; frames++) {
    const frame = await clock.time('decode', next)
    signal?.throwIfAborted()
    if (!frame) break
    next = reader.read(pictures[(frames % 2) as 0 | 1])
    // Its failure is met where it is awaited; until then it is nobody's.
    next.catch(() => undefined)
    const into = results.spare
    const { image, timings } = await translator.translate(frame.image, {
      ...(into && { into }),
      ...(params && { params }),
      ...(signal && { signal }),
    })
    clock.add(timings)
    await clock.time('encode', results.put(image, frame.time))
    onProgress?.({ frames, ...(expected !== undefined && { expected }), fps: clock.fps(frames) })
  }
  if (reader.frames === 0) {
    throw new I2iError(
      'IMAGE_INVALID',
      `${info.path} has no frame there; check --start against its length (${info.duration ?? 'not said'} s)`,
    )
  }
  checkLength(info, reader.frames, expected, options)
}

function expectedFrames(
  { frames, duration, frameRate }: VideoInfo,
  { start = 0, duration: asked }: DecodeOptions,
): number | undefined {
  const rate = frameRate && frameRate.num / frameRate.den
  const whole = start === 0 && asked === undefined
  if (whole && frames !== undefined) return frames
  if (rate === undefined || duration === undefined) return undefined
  return Math.max(0, Math.round(Math.min(duration - start, asked ?? Number.POSITIVE_INFINITY) * rate))
}

// A file that was cut off decodes without complaint up to there. Lengths in files are not exact: a second, or a twentieth, is let pass.
function checkLength(
  { path, frameRate }: VideoInfo,
  frames: number,
  expected: number | undefined,
  { damaged }: DecodeOptions,
): void {
  if (damaged || expected === undefined || !frameRate) return
  const slack = Math.max(frameRate.num / frameRate.den, expected / 20)
  if (frames >= expected - slack) return
  throw new I2iError(
    'IMAGE_INVALID',
    `${path} ends after ${frames} of about ${expected} frames: it is cut off, or says a wrong length; get it whole, or take what is there (--damaged)`,
    { details: { path, frames, expected } },
  )
}

/** Whether frames are turned before the model sees them, or the result notes how they are to be. */
function turn(
  { display }: VideoInfo,
  output: string,
  { upright = false }: DecodeOptions,
): { readonly upright: boolean; readonly matrix?: readonly number[]; readonly notes: readonly string[] } {
  if (!display || upright) return { upright, notes: [] }
  if (keepsRotation(output)) return { upright: false, matrix: display.matrix, notes: [] }
  return { upright: true, notes: ['the result cannot say that its picture is to be turned, so the frames were'] }
}

// Where a turned picture is moved back into sight, in pixels of the result.
function scaled(matrix: readonly number[], scale: number): readonly number[] {
  return matrix.map((value, i) => (i === 6 || i === 7 ? Math.round(value * scale) : value))
}
