import type { Decision, Device, Translator } from '@i2i/core'
import { ms, table } from './table.js'
import { type StageTimes, type StreamPlan, streamName, type VideoInfo, type VideoReport } from './video/index.js'

/** What `i2i video` prints. */
export interface VideoSummary {
  readonly model: { readonly id: string; readonly version: string; readonly variant: string }
  readonly input: Omit<VideoInfo, 'others' | 'ffmpeg'>
  readonly output: { readonly file: string; readonly width: number; readonly height: number; readonly frames: number }
  readonly backend: string
  readonly device: Device
  readonly colorSpace: VideoReport['colorSpace']
  readonly streams: StreamPlan
  readonly notes: readonly string[]
  /** Milliseconds of all frames together. */
  readonly times: StageTimes
  readonly fps: number
  readonly ffmpeg: string
  readonly decisions: readonly Decision[]
}

export function summary(info: VideoInfo, file: string, translator: Translator, report: VideoReport): VideoSummary {
  const { others: _, ffmpeg, ...input } = info
  const { manifest, backend, device, variant, decisions } = translator
  const { frames, width, height, colorSpace, streams, notes, times } = report
  return {
    model: { id: manifest.id, version: manifest.version, variant },
    input,
    output: { file, width, height, frames },
    backend,
    device,
    colorSpace,
    streams,
    notes,
    times,
    fps: (1000 * frames) / times.total,
    ffmpeg,
    decisions,
  }
}

export function summaryText({
  model,
  input,
  output,
  backend,
  device,
  colorSpace,
  streams,
  notes,
  times,
  fps,
  decisions,
}: VideoSummary): string {
  const each = (stage: keyof StageTimes): string => `${stage} ${ms(times[stage] / output.frames)}`
  const { matrix, fullRange, assumed } = colorSpace
  const resizes = decisions.filter(({ what }) => what === 'resize')
  return table([
    ['model', `${model.id} ${model.version}, ${model.variant}`],
    [
      'video',
      `${input.path}, ${input.width}x${input.height} ${input.codec} -> ${output.file}, ${output.width}x${output.height}`,
    ],
    ['colours', `${matrix}, ${fullRange ? 'full' : 'limited'} range${assumed ? ' (assumed)' : ''}`],
    ...resizes.map(({ choice, reason }): [string, string] => ['resized', `${choice}: ${reason}`]),
    ...streams.copied.map((stream): [string, string] => ['copied', streamName(stream)]),
    ...notes.map((note): [string, string] => ['note', note]),
    ['runtime', `${backend} on ${device}; ${decisions.find(({ what }) => what === 'engine')?.choice} pixels`],
    ['time', `${output.frames} frames in ${(times.total / 1000).toFixed(1)} s, ${fps.toFixed(1)} fps`],
    ['a frame', ['pack', 'run', 'unpack', 'dump'].map((stage) => each(stage as keyof StageTimes)).join(', ')],
    [
      'waiting',
      `for the decoder ${ms(times.decode / output.frames)}, for the encoder ${ms(times.encode / output.frames)}`,
    ],
  ])
}
