import { type ColorSpaceInit, I2iError } from '@i2i/core'
import type { ColorTags } from './probe.js'

/** What of a video's colours the caller says himself. */
export interface ColorChoice {
  /** A WebCodecs name: bt709, smpte170m, bt470bg or bt2020-ncl. */
  readonly matrix?: string
  readonly fullRange?: boolean
}

/** FFmpeg's names of matrices, and WebCodecs'. */
const matrices: Readonly<Record<string, string>> = {
  bt709: 'bt709',
  smpte170m: 'smpte170m',
  bt470bg: 'bt470bg',
  bt2020nc: 'bt2020-ncl',
}

const primaries: Readonly<Record<string, string>> = {
  bt709: 'bt709',
  bt470bg: 'bt470bg',
  smpte170m: 'smpte170m',
  bt2020: 'bt2020',
  smpte432: 'smpte432',
}

const transfers: Readonly<Record<string, string>> = {
  bt709: 'bt709',
  smpte170m: 'smpte170m',
  'iec61966-2-1': 'iec61966-2-1',
  linear: 'linear',
  smpte2084: 'pq',
  'arib-std-b67': 'hlg',
}

/** The colour space of a stream's frames in WebCodecs names; what neither stream nor caller say is left out. @throws IMAGE_INVALID */
export function colorSpaceOf(tags: ColorTags, choice: ColorChoice, path: string): ColorSpaceInit {
  const matrix = choice.matrix ?? matrixOf(tags, path)
  const fullRange = choice.fullRange ?? (tags.range && tags.range === 'pc')
  return {
    ...(matrix !== undefined && { matrix }),
    ...(fullRange !== undefined && { fullRange }),
    ...label('primaries', primaries, tags.primaries),
    ...label('transfer', transfers, tags.transfer),
  }
}

function matrixOf({ matrix }: ColorTags, path: string): string | undefined {
  if (matrix === undefined) return undefined
  const known = matrices[matrix]
  if (known) return known
  throw new I2iError(
    'IMAGE_INVALID',
    `${path} is tagged with the matrix ${matrix}, which i2i has no pixels for; convert it first, or name the matrix to take it as (--matrix)`,
    { details: { matrix } },
  )
}

/** FFmpeg's name of a WebCodecs matrix. */
export function ffmpegMatrix(matrix: string): string {
  return Object.entries(matrices).find(([, name]) => name === matrix)?.[0] ?? matrix
}

function label(key: string, names: Readonly<Record<string, string>>, tag: string | undefined): ColorSpaceInit {
  const name = tag && names[tag]
  return name ? { [key]: name } : {}
}
