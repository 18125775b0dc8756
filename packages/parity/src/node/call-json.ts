import type { ColorSpace, DumpStage, PixelFormat, TensorStatistics } from '@i2i/core'
import type { DumpImage } from '../dump/types.js'
import { stages } from '../dump/types.js'
import { again, invalid } from './invalid.js'

type Fields = Readonly<Record<string, unknown>>

/** One entry of call.json's `tensors`. */
export interface TensorRecord {
  readonly stage: DumpStage
  readonly name: string
  readonly dtype: string
  readonly dims: readonly number[]
  readonly sha256: string
  readonly statistics: TensorStatistics
  readonly layout?: string
  readonly meta: Fields
  readonly image?: DumpImage
  /** Relative to the call's folder; absent where redacted. */
  readonly file?: string
}

const formats: readonly string[] = [
  'RGBA',
  'BGRA',
  'RGB',
  'BGR',
  'GRAY',
  'I420',
  'NV12',
  'NV21',
] satisfies PixelFormat[]

/** Parses JSON that must be an object. @throws DUMP_INVALID */
export function parseObject(text: string, path: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    if (isFields(value)) return value
  } catch (cause) {
    throw invalid(path, 'is no JSON', again, cause)
  }
  throw invalid(path, 'is no JSON object', again)
}

/** Refuses versions that this reader does not know. @throws DUMP_INVALID */
export function checkVersion(value: Fields, path: string): void {
  const version = value['schemaVersion']
  if (version === 1) return
  throw invalid(path, `has schemaVersion ${JSON.stringify(version)} instead of 1`, 'read it with the i2i that wrote it')
}

/** The tensors of a call.json. @throws DUMP_INVALID */
export function tensorRecords(call: Fields, path: string): TensorRecord[] {
  const list = call['tensors']
  if (!Array.isArray(list)) throw invalid(path, 'lists no tensors', again)
  return list.map((item: unknown, i) => {
    const where = `${path}: tensors[${i}]`
    if (!isFields(item)) throw invalid(where, 'is no object', again)
    return record(item, where)
  })
}

function record(item: Fields, where: string): TensorRecord {
  const [name, dtype, sha256] = ['name', 'dtype', 'sha256'].map((key) => textOf(item, key, where))
  const { stage, shape, layout, meta, file, redacted, image } = item
  const known = stages.find((candidate) => candidate === stage)
  if (!known) throw invalid(where, `has the stage ${JSON.stringify(stage)}`, `the stages are ${stages.join(', ')}`)
  if (!isShape(shape)) throw invalid(where, `has the shape ${JSON.stringify(shape)}`, again)
  if (redacted !== true && typeof file !== 'string') throw invalid(where, 'names no file', again)
  return {
    stage: known,
    name: name!,
    dtype: dtype!,
    dims: shape,
    sha256: sha256!,
    statistics: statisticsOf(item),
    ...(typeof layout === 'string' && { layout }),
    meta: isFields(meta) ? meta : {},
    ...(image !== undefined && { image: imageOf(image, where) }),
    ...(typeof file === 'string' && { file: fileOf(file, where) }),
  }
}

function imageOf(value: unknown, where: string): DumpImage {
  if (!isFields(value)) throw invalid(where, 'has an image that is no object', again)
  const { format, width, height, colorSpace, plane } = value
  const sized = [width, height].every((size) => Number.isSafeInteger(size) && Number(size) > 0)
  if (typeof format === 'string' && formats.includes(format) && sized && isFields(colorSpace)) {
    // rawImage() checks the colour space when the picture is made.
    const about = { format: format as PixelFormat, colorSpace: colorSpace as unknown as ColorSpace }
    return { ...about, width: Number(width), height: Number(height), ...(typeof plane === 'string' && { plane }) }
  }
  throw invalid(where, `has the image ${JSON.stringify(value)}`, again)
}

function statisticsOf(item: Fields): TensorStatistics {
  // NaN is text in JSON, as Number() reads it.
  const number = (key: string): number => Number(item[key] ?? Number.NaN)
  return {
    min: number('min'),
    max: number('max'),
    mean: number('mean'),
    std: number('std'),
    nanCount: number('nanCount'),
    infCount: number('infCount'),
  }
}

// A dump may come from anyone: nothing outside the call's folder is opened.
function fileOf(file: string, where: string): string {
  if (/^[A-Za-z0-9_.-]+\.npy$/.test(file)) return file
  throw invalid(where, `names the file "${file}"`, 'a .npy file in the same folder is expected')
}

function textOf(item: Fields, key: string, where: string): string {
  const value = item[key]
  if (typeof value === 'string') return value
  throw invalid(where, `has the ${key} ${JSON.stringify(value)}`, again)
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 32 && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
