import type { RawImage } from '@i2i/color'
import { resample } from './composite.js'
import { paramFeeds } from './params.js'
import type { Call, Parts } from './parts.js'
import { geometryOf, type PlanOptions, pictureSize } from './plan.js'
import type { Tensor } from './ports.js'
import { type Frame, resultOf, unpackOutput } from './results.js'
import { openSink, type Sink } from './sinks.js'
import { readSource } from './sources.js'
import { stopwatch } from './stopwatch.js'
import type { ImageForms, TranslateOptions, Translation } from './types.js'

/** One frame's path through memory: decode, plan, pack, run, unpack; the tap sees what passes between the arrows. */
export async function translateInMemory<A extends keyof ImageForms>(
  parts: Parts,
  { source, options, cold, tap }: Call<A>,
): Promise<Translation<A>> {
  const { manifest, session, color, plans } = parts
  const { signal } = options
  const clock = stopwatch()
  const sink = await openSink(options, parts)

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
  const geometry = geometryOf(plan, packed.transform)
  await tap?.tensors('modelInput', feeds, { [manifest.input.tensor]: geometry })
  signal?.throwIfAborted()

  const fetch = [...new Set(plan.outputs.map(({ output }) => output.tensor))]
  clock.mark()
  const results = await session.run(feeds, { fetch, ...(signal && { signal }) }).catch((error: unknown) => {
    // A runtime that heeds the signal may say so in words of its own.
    signal?.throwIfAborted()
    throw error
  })
  clock.lap('run')
  await tap?.tensors('modelOutput', results)
  signal?.throwIfAborted()

  clock.mark()
  const { picture, others } = unpackAll(frame, results, sink.into(pictureSize(plan), plan.target))
  parts.retouch?.(picture, image)
  clock.lap('unpack')
  await tap?.images('sdkOutput', [['image', picture], ...Object.entries(others)])

  options.onProgress?.(1, 1)
  clock.mark()
  const result = await sink.deliver(picture, given)
  clock.lap('unpack')
  const timings = {
    ...clock.read(),
    dump: tap?.spent ?? 0,
    cold,
    readBacks: session.device === 'webgpu' ? fetch.length : 0,
  }
  await tap?.end({ outcome: 'ok', ...geometry, timings })
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
