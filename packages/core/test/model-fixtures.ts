import { createHash } from 'node:crypto'
import { type I2iErrorCode, isI2iError } from '@i2i/color'

/** Bytes that stand for a model file. */
export const model: Uint8Array = new Uint8Array(300_000).map((_, i) => (i * 7 + (i >> 8)) & 255)

/** How a manifest lists them. */
export const file: { readonly path: string; readonly sha256: string; readonly bytes: number } = {
  path: 'model #1.onnx',
  sha256: createHash('sha256').update(model).digest('hex'),
  bytes: model.length,
}

/** The message of the error that `work` must end with. */
export async function refusal(code: I2iErrorCode, work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('was accepted'),
    (error: unknown) => error,
  )
  if (!isI2iError(error, code)) throw error
  return error.message
}
