import { type ColorEngine, I2iError, type RawImage } from '@i2i/color'
import type { Browser } from './browser/index.js'
import { resample } from './composite.js'
import type { CallTap } from './dump-tap.js'
import type { ModelManifest } from './manifest.js'
import { checkKeys, translateKeys } from './options.js'
import { paramFeeds } from './params.js'
import { type PlanCache, type PlanOptions, pictureSize } from './plan.js'
import type { Session, Tensor } from './ports.js'
import { type Frame, unpackOutput } from './results.js'
import { openSink, type Sink } from './sinks.js'
import { readSource } from './sources.js'
import type { Decision, ImageForms, ImageSource, Timings, TranslateOptions, Translation } from './types.js'

/** What every call of one translator shares. */
export interface Parts {
  readonly manifest: ModelManifest
  readonly session: Session
  readonly color: ColorEngine
  readonly plans: Pick<PlanCache, 'get'>
  /** What reads and makes a browser's pictures: loaded when the first comes. */
  browser(): Promise<Browser>
  /** Adds to the translator's decisions what is news. */
  state(decision: Decision): void
  /** Changes a result in place before it is handed over, given its source: how a stream steadies its frames. */
  retouch?(picture: RawImage, source: RawImage): void
}

/** One frame's path: decode, plan, pack, run, unpack; the tap sees what passes between the arrows. */
export async function translateFrame<A extends keyof ImageForms>(
  parts: Parts,
  source: ImageSource,
  options: TranslateOptions<A>,
  cold: boolean,
  tap?: CallTap,
): Promise<Translation<A>> {
  const { manifest, session, color, plans } = parts
  const { signal } = options
  checkKeys('translate()', options, translateKeys)
  const clock = stopwatch()
  const sink = await openSink(options, parts.browser)

  const given = await readSource(source, parts.browser)
  const { image } = given
  if (given.decision) parts.state(given.decision)
  const plan = plans.get(image, planOptions(options, sink, image))
  clock.lap('decode')
  await tap?.image('sdkInput', 'image', image, { crop: plan.region })

  clock.mark()
  using packed = color.pack(image, plan.input, plan.pack)
  const frame: Frame = { color, source: image, plan, transform: packed.transform }
  const feeds = { [manifest.input.tensor]: packed, ...paramFeeds(manifest, options.params) }
  clock.lap('pack')
  await tapFeeds(tap, feeds, frame, manifest.input.tensor)
  signal?.throwIfAborted()

  const fetch = [...new Set(plan.outputs.map(({ output }) => output.tensor))]
  clock.mark()
  const results = await session.run(feeds, { fetch, ...(signal && { signal }) }).catch((error: unknown) => {
    // A runtime that heeds the signal may say so in words of its own.
    signal?.throwIfAborted()
    throw error
  })
  clock.lap('run')
  for (const name of fetch) await tap?.tensor('modelOutput', name, resultOf(results, name))
  signal?.throwIfAborted()

  clock.mark()
  const { picture, others } = unpackAll(frame, results, sink.into(pictureSize(plan), plan.target))
  parts.retouch?.(picture, image)
  clock.lap('unpack')
  await tapPictures(tap, picture, others)

  options.onProgress?.(1, 1)
  clock.mark()
  const result = await sink.deliver(picture, given)
  clock.lap('unpack')
  const timings = { ...clock.read(), dump: tap?.spent ?? 0, cold, readBacks: 0 }
  await tap?.end({ outcome: 'ok', ...geometryOf(frame), timings })
  return {
    image: result,
    outputs: others,
    transform: frame.transform,
    timings,
    [Symbol.dispose]: () => close(result),
  }
}

function unpackAll(
  frame: Frame,
  results: Readonly<Record<string, Tensor>>,
  into: RawImage | undefined,
): { picture: RawImage; others: Record<string, RawImage | Tensor> } {
  const others: Record<string, RawImage | Tensor> = {}
  let picture: RawImage | undefined
  for (const output of frame.plan.outputs) {
    const { name, role, tensor } = output.output
    const first = role === 'image' && !picture
    const value = unpackOutput(frame, output, resultOf(results, tensor), first ? into : undefined)
    if (first && 'planes' in value) picture = value
    else others[name] = value
  }
  return { picture: picture ?? ownPixels(frame, into), others }
}

// A model that gives only masks or data leaves the picture as it was.
function ownPixels({ color, source, plan }: Frame, into?: RawImage): RawImage {
  const own = resample(color, source, plan.region, plan.region, plan.target)
  return into ? color.convert(own, plan.target, into) : own
}

function resultOf(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = results[name]
  if (tensor) return tensor
  throw new I2iError('SHAPE_MISMATCH', `the model gave no tensor "${name}"; it gave ${Object.keys(results).join(', ')}`)
}

function geometryOf({ plan, transform }: Frame): Readonly<Record<string, unknown>> {
  return { region: plan.region, input: plan.input, pack: plan.pack, transform }
}

async function tapFeeds(
  tap: CallTap | undefined,
  feeds: Readonly<Record<string, Tensor>>,
  frame: Frame,
  inputName: string,
): Promise<void> {
  if (!tap) return
  for (const [name, tensor] of Object.entries(feeds)) {
    await tap.tensor('modelInput', name, tensor, name === inputName ? geometryOf(frame) : {})
  }
}

async function tapPictures(
  tap: CallTap | undefined,
  picture: RawImage,
  others: Readonly<Record<string, RawImage | Tensor>>,
): Promise<void> {
  if (!tap) return
  await tap.image('sdkOutput', 'image', picture)
  for (const [name, value] of Object.entries(others)) {
    if ('planes' in value) await tap.image('sdkOutput', name, value)
  }
}

// Frames and bitmaps hold memory that only close() gives back.
function close(result: unknown): void {
  ;(result as { close?(): void } | undefined)?.close?.()
}

function planOptions<A extends keyof ImageForms>(
  { crop, colorSpace }: TranslateOptions<A>,
  sink: Sink<A>,
  source: RawImage,
): PlanOptions {
  const format = sink.format(source)
  return { ...(crop && { crop }), ...(format && { format }), ...(colorSpace && { colorSpace }) }
}

type Stage = 'decode' | 'pack' | 'run' | 'unpack'

interface Stopwatch {
  /** Starts the next stage now: what passed since the last one belongs to none. */
  mark(): void
  /** Adds what passed since the last mark to a stage. */
  lap(stage: Stage): void
  read(): Pick<Timings, Stage | 'total'>
}

function stopwatch(): Stopwatch {
  const start = performance.now()
  const laps = { decode: 0, pack: 0, run: 0, unpack: 0 }
  let last = start
  return {
    mark: () => {
      last = performance.now()
    },
    lap: (stage) => {
      laps[stage] += performance.now() - last
    },
    read: () => ({ ...laps, total: performance.now() - start }),
  }
}
