import { I2iError } from '@i2i/core'
import { lastWords, run } from './ffmpeg.js'
import { parseRational, type Rational } from './rational.js'

/** What a file says about its first video stream. Names of colours and codecs are FFmpeg's. */
export interface VideoInfo {
  readonly path: string
  /** Index of the stream in the file. */
  readonly index: number
  readonly codec: string
  /** Of the stored picture, before any rotation. */
  readonly width: number
  readonly height: number
  readonly pixelFormat: string
  readonly tags: ColorTags
  readonly timeBase: Rational
  /** Average frames a second; absent where the file does not say. */
  readonly frameRate?: Rational
  /** Width to height of a pixel; absent means square or not said. */
  readonly pixelAspect?: Rational
  /** How the picture is to be turned for display; absent where it is upright. */
  readonly display?: Display
  readonly interlaced: boolean
  /** Seconds; absent where the file does not say. */
  readonly duration?: number
  /** Frames; absent where the file does not say. */
  readonly frames?: number
  /** Every other stream. */
  readonly others: readonly OtherStream[]
  /** Version of FFmpeg, such as 5.1. */
  readonly ffmpeg: string
}

/** A picture that is stored turned. */
export interface Display {
  /** Nine numbers as MP4 files have them: 16.16 but for the last column, 2.30. */
  readonly matrix: readonly number[]
  /** Degrees clockwise. */
  readonly rotation: number
  /** Whether width and height change places. */
  readonly swaps: boolean
}

/** What a stream says about its colours; absent means not said. */
export interface ColorTags {
  readonly matrix?: string
  readonly range?: 'tv' | 'pc'
  readonly primaries?: string
  readonly transfer?: string
  /** Where chroma samples lie. */
  readonly siting?: string
}

/** A stream that is not translated. */
export interface OtherStream {
  readonly index: number
  readonly type: string
  readonly codec: string
  /** A picture that stands for the file, such as a cover. */
  readonly cover: boolean
}

type Json = Readonly<Record<string, unknown>>

/** Reads what a file says about its video. @throws IMAGE_INVALID, BACKEND_UNAVAILABLE */
export async function probeVideo(path: string): Promise<VideoInfo> {
  const sections = ['-show_streams', '-show_format', '-show_program_version']
  const ending = await run('ffprobe', ['-v', 'error', '-of', 'json', ...sections, '--', fileUrl(path)])
  if (ending.code !== 0) throw unreadable(path, lastWords(ending))
  const { streams = [], format = {}, program_version = {} } = JSON.parse(ending.out) as ProbeOutput
  const video = streams.find((stream) => stream['codec_type'] === 'video' && !isCover(stream))
  if (!video) throw unreadable(path, 'it has no video stream')
  const { width, height, timeBase } = essentials(video, path)
  return {
    path,
    index: Number(video['index']),
    codec: String(video['codec_name'] ?? 'unknown'),
    width,
    height,
    pixelFormat: String(video['pix_fmt'] ?? 'unknown'),
    tags: tagsOf(video),
    timeBase,
    ...frameRateOf(video),
    ...pixelAspectOf(video),
    ...displayOf(video),
    interlaced: /^(tt|bb|tb|bt)$/.test(String(video['field_order'])),
    ...lengthOf(video, format),
    others: streams.filter((stream) => stream !== video).map(otherStream),
    ffmpeg: String(program_version['version'] ?? ''),
  }
}

interface ProbeOutput {
  readonly streams?: readonly Json[]
  readonly format?: Json
  readonly program_version?: Json
}

/** A path that FFmpeg takes as a file, whatever its name begins with. */
export function fileUrl(path: string): string {
  return `file:${path}`
}

function unreadable(path: string, why: string): I2iError {
  return new I2iError('IMAGE_INVALID', `cannot read the video ${path}: ${why}; check that it plays`, {
    details: { path },
  })
}

function essentials(video: Json, path: string): { width: number; height: number; timeBase: Rational } {
  const [width, height] = [Number(video['width']), Number(video['height'])]
  const timeBase = parseRational(video['time_base'])
  if (width > 0 && height > 0 && timeBase) return { width, height, timeBase }
  throw unreadable(path, 'its video stream has no size')
}

function isCover(stream: Json): boolean {
  return (stream['disposition'] as Json | undefined)?.['attached_pic'] === 1
}

function otherStream(stream: Json): OtherStream {
  return {
    index: Number(stream['index']),
    type: String(stream['codec_type'] ?? 'unknown'),
    codec: String(stream['codec_name'] ?? 'unknown'),
    cover: isCover(stream),
  }
}

function tagsOf(video: Json): ColorTags {
  const said = (key: string): string | undefined => {
    const value = video[key]
    return typeof value === 'string' && !['unknown', 'unspecified', 'reserved'].includes(value) ? value : undefined
  }
  const [matrix, primaries, transfer, siting] = [
    'color_space',
    'color_primaries',
    'color_transfer',
    'chroma_location',
  ].map(said)
  const range = said('color_range')
  return {
    ...(matrix && { matrix }),
    ...((range === 'tv' || range === 'pc') && { range }),
    ...(primaries && { primaries }),
    ...(transfer && { transfer }),
    ...(siting && { siting }),
  }
}

function frameRateOf(video: Json): { frameRate?: Rational } {
  const frameRate = parseRational(video['avg_frame_rate']) ?? parseRational(video['r_frame_rate'])
  return frameRate ? { frameRate } : {}
}

function pixelAspectOf(video: Json): { pixelAspect?: Rational } {
  const pixelAspect = parseRational(video['sample_aspect_ratio'])
  return pixelAspect && pixelAspect.num !== pixelAspect.den ? { pixelAspect } : {}
}

function displayOf(video: Json): { display?: Display } {
  const sides = (video['side_data_list'] ?? []) as readonly Json[]
  const side = sides.find((data) => data['side_data_type'] === 'Display Matrix')
  if (!side) return {}
  // Rows are numbered: "00000000:            0       65536           0".
  const matrix = [...String(side['displaymatrix']).matchAll(/(?<=\s)-?\d+(?=\s)/g)].map(Number)
  const [a = 0, b = 0] = matrix
  // FFmpeg counts the other way round.
  const rotation = (Math.round(360 - Number(side['rotation'] ?? 0)) + 360) % 360
  return matrix.length === 9 ? { display: { matrix, rotation, swaps: Math.abs(a) < Math.abs(b) } } : {}
}

function lengthOf(video: Json, format: Json): { duration?: number; frames?: number } {
  const tagged = /^(\d+):(\d+):([\d.]+)$/.exec(String((video['tags'] as Json | undefined)?.['DURATION']))
  const fromTag = tagged ? Number(tagged[1]) * 3600 + Number(tagged[2]) * 60 + Number(tagged[3]) : Number.NaN
  const duration = [Number(video['duration']), fromTag, Number(format['duration'])].find((value) => value > 0)
  const frames = Number(video['nb_frames'])
  return { ...(duration !== undefined && { duration }), ...(frames > 0 && { frames }) }
}
