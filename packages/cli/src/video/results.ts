import { createImage, type RawImage } from '@i2i/core'
import type { DecodePlan } from './decode-plan.js'
import { codecOf, type EncodeOptions, needsEvenSides } from './encoder-args.js'
import { evenSides } from './even-sides.js'
import type { ColorTags, VideoInfo } from './probe.js'
import type { StreamPlan } from './streams.js'
import { VideoWriter } from './writer.js'

/** What the results of one video are written with. */
export interface ResultsInit {
  /** What the result is called in messages. */
  readonly name: string
  readonly info: VideoInfo
  readonly plan: DecodePlan
  readonly streams: StreamPlan
  readonly options: EncodeOptions & { readonly start?: number; readonly duration?: number }
}

/** Takes translated frames to the encoder, which starts with the first: only that tells how large they are. */
export class Results implements AsyncDisposable {
  readonly #path: string
  readonly #init: ResultsInit
  readonly #pictures: RawImage[] = []
  readonly notes: string[] = []
  #writer: VideoWriter | undefined
  #pending: Promise<void> = Promise.resolve()
  #count = 0
  #stopped = false
  #even = false

  constructor(path: string, init: ResultsInit) {
    this.#path = path
    this.#init = init
  }

  /** A picture that the next result may go into. */
  get spare(): RawImage | undefined {
    return this.#pictures[this.#count % 2]
  }

  /** Of the results. */
  get size(): { readonly width: number; readonly height: number } {
    const { width = 0, height = 0 } = this.#pictures[0] ?? {}
    return { width, height }
  }

  /** Waits until the picture before went out, and starts to write this one. @throws VIDEO_FAILED, BACKEND_UNAVAILABLE */
  async put(image: RawImage, time: number): Promise<void> {
    await this.#pending
    this.#writer ??= await this.#open(image, time)
    this.#pictures[this.#count % 2] = image
    this.#count++
    this.#pending = this.#writer.write(this.#even ? evenSides(image) : image, time)
    // Its failure is met where it is awaited; until then it is nobody's.
    this.#pending.catch(() => undefined)
  }

  /** Waits until the file is whole. @throws VIDEO_FAILED */
  async finish(): Promise<void> {
    await this.#pending
    await this.#writer?.finish()
  }

  async #open({ width, height }: RawImage, firstTime: number): Promise<VideoWriter> {
    const { name, info, plan, streams, options } = this.#init
    const tags = this.#tags(width, height)
    const codec = codecOf(this.#path, options)
    this.#even = needsEvenSides(codec) && (width % 2 === 1 || height % 2 === 1)
    if (this.#even) {
      this.notes.push(
        `${codec} has even sides alone: the last column or row of the ${width}x${height} result is there twice`,
      )
    }
    const { pixelAspect } = info
    const picture = {
      width: width + (this.#even ? width % 2 : 0),
      height: height + (this.#even ? height % 2 : 0),
      tags,
      timeBase: info.timeBase,
      ...(pixelAspect && { pixelAspect: plan.turned ? { num: pixelAspect.den, den: pixelAspect.num } : pixelAspect }),
    }
    const { start, duration } = options
    const writer = await VideoWriter.open(this.#path, {
      name,
      info,
      picture,
      firstTime,
      copied: streams.copied,
      encode: options,
      ...(start !== undefined && { start }),
      ...(duration !== undefined && { duration }),
    })
    // An abort may have come while it started.
    if (this.#stopped) await writer[Symbol.asyncDispose]()
    return writer
  }

  // A result of another size that does not say its matrix would be taken for another one by the rule that its source was read with.
  #tags(width: number, height: number): ColorTags {
    const { plan } = this.#init
    const { matrix } = createImage('I420', width, height).colorSpace
    if (plan.tags.matrix || matrix === plan.colorSpace.matrix) return plan.tags
    this.notes.push(
      `at ${width}x${height} an untagged video would be taken as ${matrix}: the result is tagged ${plan.colorSpace.matrix}`,
    )
    return { ...plan.tags, matrix: plan.colorSpace.matrix, range: plan.colorSpace.fullRange ? 'pc' : 'tv' }
  }

  /** Ends ffmpeg if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await this.#writer?.[Symbol.asyncDispose]()
  }
}
