import { I2iError, type Tensor } from '@i2i/core'
import { lostError } from '@i2i/core/backend'

/** An option that cannot be met. */
export function invalid(message: string, details: Readonly<Record<string, unknown>>): I2iError {
  return new I2iError('OPTION_INVALID', message, { details })
}

/** What a caught value says, without the place in ONNX Runtime's sources and the full stop, for use inside a sentence. */
export function reasonOf(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause)
    .trim()
    .replace(/^\/onnxruntime_src\/.* was false\. /, '')
    .replace(/\.$/, '')
}

/** The error of a run that failed. */
export function runFailed(feeds: readonly (readonly [string, Tensor])[], cause: unknown): I2iError {
  if (cause instanceof I2iError) return cause
  const why = reasonOf(cause)
  const fed = feeds.map(([name, { dtype, dims }]) => `${name} ${dtype}[${dims.join(', ')}]`).join(', ')
  const failed = (code: I2iError['code'], message: string) => new I2iError(code, message, { details: { fed }, cause })
  if (/device (is |was )?lost/i.test(why)) return lostError(why, cause)
  // No shader-f16; or an output, int8 say, that onnxruntime-web has no GPU buffer for.
  if (/requires f16 but the device|Unsupported data type/.test(why)) {
    return failed(
      'MODEL_UNSUPPORTED',
      `The GPU lacks a type of this model: ${why}. Use an fp32 variant, or another device.`,
    )
  }
  if (/alloc|out of memory|memory access|too large/i.test(why)) {
    return failed('OUT_OF_MEMORY', `Memory ran out on ${fed}: ${why}. Use smaller pictures, or tiles.`)
  }
  return failed(
    'SHAPE_MISMATCH',
    `The model does not run on ${fed}: ${why}. Check which sizes it takes (multipleOf in the manifest).`,
  )
}
