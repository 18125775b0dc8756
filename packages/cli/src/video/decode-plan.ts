import { type ColorSpace, createImage, I2iError } from '@i2i/core'
import { type ColorChoice, colorSpaceOf, ffmpegMatrix } from './color-tags.js'
import type { ColorTags, VideoInfo } from './probe.js'

/** What is decoded, and how. */
export interface DecodeOptions extends ColorChoice {
  /** Seconds from the beginning. */
  readonly start?: number
  /** Seconds. */
  readonly duration?: number
  /** Whether frames are turned for display, instead of noting that they are to be. */
  readonly upright?: boolean
  /** Goes on behind damaged frames. Default: a damaged file is refused. */
  readonly damaged?: boolean
}

/** How FFmpeg is to decode a video to 8-bit 4:2:0, what its frames are then, and what of it people should know. */
export interface DecodePlan {
  /** Of the frames that come. */
  readonly width: number
  readonly height: number
  /** Whether they have changed width and height. */
  readonly turned: boolean
  readonly colorSpace: ColorSpace
  /** Of the result: the source's, unless frames were converted or the caller said otherwise. */
  readonly tags: ColorTags
  /** Filters before the frames are written. */
  readonly filters: readonly string[]
  readonly pixelFormat: 'yuv420p' | 'yuvj420p'
  readonly notes: readonly string[]
}

// Bytes of these go through as they are, or are only laid out anew.
const asTheyAre = ['yuv420p', 'yuvj420p', 'nv12', 'nv21']

/** @throws IMAGE_INVALID for a matrix that there are no pixels for, OPTION_INVALID for times that make no sense */
export function decodePlan(info: VideoInfo, options: DecodeOptions): DecodePlan {
  checkTimes(options)
  const { pixelFormat } = info
  const rgb = isRgb(pixelFormat)
  const tags = saidTags(info)
  const choice = colorSpaceOf(tags, options, info.path)
  // The rule for what nobody says is the one for pictures.
  const { colorSpace } = createImage('I420', info.width, info.height, choice)
  const turned = (options.upright ?? false) && (info.display?.swaps ?? false)
  const [width, height] = turned ? [info.height, info.width] : [info.width, info.height]
  return {
    width,
    height,
    turned,
    colorSpace,
    tags: {
      ...tags,
      // Frames that came from RGB have a matrix only now, and the caller's word replaces a tag.
      ...((rgb || options.matrix !== undefined) && { matrix: ffmpegMatrix(colorSpace.matrix) }),
      ...((rgb || options.fullRange !== undefined) && { range: colorSpace.fullRange ? 'pc' : 'tv' }),
    },
    filters: asTheyAre.includes(pixelFormat) ? [] : [conversion(pixelFormat, colorSpace)],
    // FFmpeg has a name of its own for full range where its scaler is to leave it alone.
    pixelFormat: colorSpace.fullRange && pixelFormat !== 'yuv420p' && pixelFormat !== 'nv12' ? 'yuvj420p' : 'yuv420p',
    notes: notesOf(info, tags, colorSpace, options),
  }
}

function checkTimes({ start, duration }: DecodeOptions): void {
  if (start !== undefined && !(start >= 0 && Number.isFinite(start))) {
    throw new I2iError('OPTION_INVALID', `start is ${start}; give seconds from 0`)
  }
  if (duration !== undefined && !(duration > 0 && Number.isFinite(duration))) {
    throw new I2iError('OPTION_INVALID', `duration is ${duration}; give more than 0 seconds`)
  }
}

function isRgb(pixelFormat: string): boolean {
  return /rgb|bgr|^gbr|^pal8$/.test(pixelFormat)
}

// RGB says nothing of the YUV it becomes; old names of full-range formats say their range.
function saidTags({ tags, pixelFormat }: VideoInfo): ColorTags {
  const { matrix: _matrix, range: _range, ...rest } = tags
  if (isRgb(pixelFormat)) return rest
  return pixelFormat.startsWith('yuvj') ? { ...tags, range: 'pc' } : tags
}

// FFmpeg's scaler takes grey for full range: told "full" on both sides it leaves the values alone, whatever they mean.
function conversion(pixelFormat: string, { matrix, fullRange }: ColorSpace): string {
  const range = fullRange || pixelFormat.startsWith('gray') ? 'full' : 'limited'
  const name = ffmpegMatrix(matrix).replace('bt2020nc', 'bt2020')
  const from = isRgb(pixelFormat) ? '' : `in_range=${range}:in_color_matrix=${name}:`
  return `scale=${from}out_range=${range}:out_color_matrix=${name}:flags=bicubic+accurate_rnd+full_chroma_int`
}

function notesOf(
  info: VideoInfo,
  tags: ColorTags,
  { matrix, fullRange, assumed }: ColorSpace,
  options: DecodeOptions,
): string[] {
  const { pixelFormat, display, interlaced } = info
  const notes: string[] = []
  const space = `${matrix}, ${fullRange ? 'full' : 'limited'} range`
  if (isRgb(pixelFormat)) notes.push(`${pixelFormat} frames are converted to 8-bit 4:2:0 by ffmpeg, as ${space}`)
  else if (!asTheyAre.includes(pixelFormat)) notes.push(`${pixelFormat} frames are converted to 8-bit 4:2:0 by ffmpeg`)
  if (assumed && !isRgb(pixelFormat)) {
    const unsaid = [
      !tags.matrix && !options.matrix && 'matrix',
      !tags.range && options.fullRange === undefined && 'range',
    ].filter(Boolean)
    notes.push(
      `the video does not say its ${unsaid.join(' and ')}: taken as ${space} by its size (--matrix and --range say otherwise)`,
    )
  }
  if (tags.transfer === 'smpte2084' || tags.transfer === 'arib-std-b67') {
    notes.push(
      `the video is HDR (${tags.transfer}): the model sees its 8-bit values as they are, and mastering data is lost`,
    )
  }
  if (interlaced)
    notes.push('the video is interlaced: the model sees both fields in one frame, and the result says progressive')
  if (options.upright && display) notes.push('frames are turned for display before the model sees them')
  return notes
}
