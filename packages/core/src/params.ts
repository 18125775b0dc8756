import { float16FromNumber, I2iError, type TensorData } from '@i2i/color'
import { integerRanges } from './manifest/checks.js'
import type { ModelManifest } from './manifest.js'
import type { Tensor } from './ports.js'

/** The feeds of a model's extra inputs: the call's values where given, else the manifest's defaults. @throws OPTION_INVALID, MODEL_UNSUPPORTED */
export function paramFeeds(
  manifest: ModelManifest,
  values: Readonly<Record<string, number | readonly number[]>> = {},
): Record<string, Tensor> {
  const params = manifest.params ?? {}
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(params, name)) continue
    const known = Object.keys(params).join(', ') || 'none'
    throw new I2iError('OPTION_INVALID', `unknown parameter "${name}"; model "${manifest.id}" takes: ${known}`)
  }
  const feeds: Record<string, Tensor> = {}
  for (const [name, { tensor, dtype, dims, default: fallback }] of Object.entries(params)) {
    const value = Object.hasOwn(values, name) ? (values[name] ?? fallback) : fallback
    const length = dims.reduce((product, size) => product * size, 1)
    const numbers: readonly unknown[] = Array.isArray(value) ? value : new Array(length).fill(value)
    if (numbers.length !== length || !numbers.every((number) => holds(dtype, number))) {
      const [low, high] = integerRanges[dtype] ?? []
      const kind = low === undefined ? `finite number` : `integer of ${low} to ${high},`
      throw new I2iError(
        'OPTION_INVALID',
        `parameter "${name}" takes ${length} ${dtype} (${kind} each), got [${numbers.join(', ')}]`,
        { details: { parameter: name, value } },
      )
    }
    feeds[tensor] = { dtype, dims, location: 'cpu', data: tensorData(dtype, numbers as readonly number[], name) }
  }
  return feeds
}

const largestFloat16 = 65504

/** Whether a dtype holds a number as it is: what would wrap or overflow is refused. */
function holds(dtype: string, value: unknown): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  const range = integerRanges[dtype]
  if (range) return Number.isInteger(value) && value >= range[0] && value <= range[1]
  return dtype !== 'float16' || Math.abs(value) <= largestFloat16
}

function tensorData(dtype: string, numbers: readonly number[], name: string): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(numbers)
    case 'float16':
      return Uint16Array.from(numbers, float16FromNumber)
    case 'int32':
      return Int32Array.from(numbers)
    case 'int64':
      return BigInt64Array.from(numbers, (value) => BigInt(Math.trunc(value)))
    case 'int8':
      return Int8Array.from(numbers)
    case 'uint8':
    case 'bool':
      return Uint8Array.from(numbers)
    default:
      throw new I2iError(
        'MODEL_UNSUPPORTED',
        `parameter "${name}" has dtype ${dtype}; use float32, float16, int32, int64, int8, uint8 or bool`,
      )
  }
}
