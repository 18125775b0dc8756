import type { TensorFormat } from '@i2i/color'
import type { GpuColorEngine, GpuRecording, GpuTensorData, GpuTimer, GpuUnpackOptions } from '@i2i/color/webgpu'
import { tensorFormat } from '../bindings.js'
import { outputTransform } from '../geometry.js'
import { paramFeeds } from '../params.js'
import type { Call, Parts } from '../parts.js'
import { geometryOf, type OutputPlan } from '../plan.js'
import type { Tensor } from '../ports.js'
import { hasAlpha } from '../results.js'
import { stopwatch } from '../stopwatch.js'
import type { ImageForms, Translation } from '../types.js'
import { dividedOutputs, Elsewhere, refuseLarge, sliceOffset } from './fitness.js'
import { run } from './run.js'
import type { Screens } from './screens.js'
import { openGpuSink } from './sinks.js'
import { readGpuSource } from './sources.js'
import { readingTap } from './taps.js'

/** What draws on the GPU. */
export interface Gpu {
  readonly engine: GpuColorEngine
  readonly screens: Screens
}

/** A result, and what frees all of it that is not the picture. */
interface GpuTranslation<A extends keyof ImageForms> {
  readonly translation: Translation<A>
  free(): void
}

/** One frame's path on the GPU: decode, plan, pack, run, unpack; no pixel comes back but those that a tap asks for. */
export async function translateOnGpu<A extends keyof ImageForms>(
  parts: Parts,
  { engine, screens }: Gpu,
  { source, options, cold, tap }: Call<A>,
): Promise<GpuTranslation<A>> {
  const { manifest, session, plans } = parts
  const { signal } = options
  const clock = stopwatch()
  const taps = readingTap(tap, engine)
  const sink = openGpuSink(options, screens)

  using input = await readGpuSource(source, parts)
  const plan = plans.get(input.image, { ...(options.crop && { crop: options.crop }), format: 'RGBA' })
  const { image: output, others } = dividedOutputs(plan)
  refuseLarge(engine, input.image, output.result)
  const alpha = hasAlpha(input.image)
  // What is read once more after the run must not have changed by then.
  using held = alpha || plan.partial ? engine.convert(input.source, { format: 'RGBA' }) : undefined
  const picture = held ?? input.source
  clock.lap('decode')
  await taps.source(input, { crop: plan.region })

  using timer = options.gpuTimings ? engine.timer() : undefined
  clock.mark()
  using packed = engine.pack(picture, plan.input, { ...plan.pack, ...timed(timer, 'pack') })
  const feeds: Record<string, Tensor> = { [manifest.input.tensor]: packed, ...paramFeeds(manifest, options.params) }
  await workDone(engine, timer)
  clock.lap('pack')
  const geometry = geometryOf(plan, packed.transform)
  for (const [name, tensor] of Object.entries(feeds)) {
    await taps.tensor('modelInput', name, tensor, name === manifest.input.tensor ? geometry : {})
  }
  signal?.throwIfAborted()

  clock.mark()
  using results = await run(session, feeds, plan.outputs, signal)
  await workDone(engine, timer)
  clock.lap('run')
  for (const [name, tensor] of Object.entries(results.tensors)) await taps.tensor('modelOutput', name, tensor)
  signal?.throwIfAborted()

  clock.mark()
  const transform = outputTransform(
    packed.transform,
    { tensor: plan.input, region: plan.region },
    { tensor: output.tensor, result: output.result },
  )
  const format = formatOf(output)
  const { buffer } = results.get(output)
  const data: GpuTensorData = { buffer, offset: sliceOffset(output) }
  const to: GpuUnpackOptions = {
    ...output.unpack,
    transform,
    region: plan.region,
    // A model that gives alpha decides it; any other passes on the source's.
    ...(alpha && format.channels !== 'RGBA' && { alpha: picture }),
    // What a fitted crop leaves out keeps the source's pixels.
    ...(plan.partial && { outside: picture }),
  }
  await taps.result(() => engine.unpack(data, format, to))
  options.onProgress?.(1, 1)
  const context = screens.context(engine, sink.canvas, output.result, alpha || format.channels === 'RGBA')
  engine.unpack(data, format, { ...to, ...timed(timer, 'unpack') }, context)[Symbol.dispose]()
  const image = sink.deliver(input.time)
  try {
    await engine.settled()
    await workDone(engine, timer)
    clock.lap('unpack')
    const readBacks = taps.readBacks + (timer?.available ? 1 : 0)
    const timings = { ...clock.read(), ...(await timer?.read()), dump: taps.spent, cold, readBacks }
    await taps.end({ outcome: 'ok', ...geometry, timings })
    parts.state({
      what: 'engine',
      choice: engine.name,
      outcome: 'taken',
      reason: "pixels stay on the session's GPUDevice",
    })
    const { outputs, free } = results.lend(others)
    const dispose = (): void => {
      free()
      close(image)
    }
    const translation = { image, outputs, transform: packed.transform, timings, [Symbol.dispose]: dispose }
    return { translation, free }
  } catch (error) {
    close(image)
    throw error
  }
}

// A canvas has nothing to close.
function close(image: unknown): void {
  ;(image as { close(): void } | undefined)?.close()
}

function formatOf({ output, tensor }: OutputPlan): TensorFormat {
  if (!output.binding) throw new Elsewhere(`output "${output.name}" says nothing of its pixels`)
  return tensorFormat(output.binding, tensor)
}

function timed(timer: GpuTimer | undefined, name: 'pack' | 'unpack'): GpuRecording {
  return timer ? { time: { timer, name } } : {}
}

async function workDone({ device }: GpuColorEngine, timer: GpuTimer | undefined): Promise<void> {
  // Without DOM types a device is never.
  if (timer)
    await (device as unknown as { queue: { onSubmittedWorkDone(): Promise<void> } }).queue.onSubmittedWorkDone()
}
