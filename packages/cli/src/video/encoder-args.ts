import { extname } from 'node:path'
import { I2iError } from '@i2i/core'
import type { ColorTags } from './probe.js'
import { formatRational, type Rational } from './rational.js'

/** How the result is encoded. */
export interface EncodeOptions {
  /** One of ffmpeg's encoders; default libx264, or libvpx-vp9 for .webm. */
  readonly codec?: string
  /** Constant quality, smaller is better; default 18 for libx264, 32 for libvpx-vp9, else the encoder's own. */
  readonly crf?: number
  /** Speed against size, for encoders that have presets. */
  readonly preset?: string
}

/** What the encoder is told of the pictures. */
export interface Encoded {
  readonly width: number
  readonly height: number
  readonly tags: ColorTags
  readonly timeBase: Rational
  readonly pixelAspect?: Rational
}

const defaults: Readonly<Record<string, { codec: string; crf: number; args: readonly string[] }>> = {
  '.mp4': { codec: 'libx264', crf: 18, args: [] },
  '.m4v': { codec: 'libx264', crf: 18, args: [] },
  '.mov': { codec: 'libx264', crf: 18, args: [] },
  '.mkv': { codec: 'libx264', crf: 18, args: [] },
  '.webm': { codec: 'libvpx-vp9', crf: 32, args: ['-b:v', '0', '-row-mt', '1'] },
}

/** Whether the container of a file can say that its picture is to be turned. */
export function keepsRotation(path: string): boolean {
  return ['.mp4', '.m4v', '.mov'].includes(extname(path).toLowerCase())
}

/** @throws OPTION_INVALID for an ending that nothing is known of, and no codec named */
export function checkContainer(path: string, { codec }: EncodeOptions): void {
  if (codec !== undefined || defaults[extname(path).toLowerCase()]) return
  throw new I2iError(
    'OPTION_INVALID',
    `no codec is known for "${extname(path)}" files (${path}); use ${Object.keys(defaults).join(', ')}, or name one of ffmpeg's encoders (--codec)`,
  )
}

/** ffmpeg's arguments for the video stream. */
export function videoArgs(path: string, picture: Encoded, options: EncodeOptions): readonly string[] {
  const usual = defaults[extname(path).toLowerCase()]
  const codec = options.codec ?? usual?.codec ?? 'libx264'
  const own = codec === usual?.codec
  const crf = options.crf ?? (own ? usual?.crf : undefined)
  return [
    ...['-vf', filters(picture).join(',')],
    ...['-c:v', codec, '-pix_fmt', 'yuv420p'],
    ...(own ? (usual?.args ?? []) : []),
    ...(crf === undefined ? [] : ['-crf', String(crf)]),
    ...(options.preset === undefined ? [] : ['-preset', options.preset]),
    // Times are kept as the source has them, in the encoder and in containers with a time base of their own.
    ...['-enc_time_base', formatRational(picture.timeBase, ':')],
    ...(keepsRotation(path) ? ['-video_track_timescale', String(picture.timeBase.den)] : []),
  ]
}

/** Codecs whose 4:2:0 pictures have even sides. */
export function needsEvenSides(codec: string): boolean {
  return /264|265|hevc/.test(codec)
}

/** The encoder that options and a file's ending mean. */
export function codecOf(path: string, { codec }: EncodeOptions): string {
  return codec ?? defaults[extname(path).toLowerCase()]?.codec ?? 'libx264'
}

function filters({ tags, pixelAspect }: Encoded): readonly string[] {
  const { matrix, range, primaries, transfer } = tags
  const said = Object.entries({ range, colorspace: matrix, color_primaries: primaries, color_trc: transfer })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`)
  return [
    ...(said.length ? [`setparams=${said.join(':')}`] : []),
    `setsar=${pixelAspect ? formatRational(pixelAspect) : '1'}`,
  ]
}
