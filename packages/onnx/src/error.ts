/** The reasons for failure that this package gives: a subset of the codes shared by every i2i package. */
export type OnnxErrorCode = 'MODEL_UNSUPPORTED' | 'SHAPE_MISMATCH' | 'OPTION_INVALID'

// The registered symbol by which every i2i package recognises the error family; this package may import none of them.
const brand = Symbol.for('i2i.error')

/** The structural twin of `I2iError` of @i2i/color: what this package throws, recognised by its `isI2iError`. */
export class OnnxError extends Error {
  override readonly name = 'I2iError'
  readonly code: OnnxErrorCode
  readonly details?: Readonly<Record<string, unknown>>

  constructor(code: OnnxErrorCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message)
    this.code = code
    if (details) this.details = details
    Object.defineProperty(this, brand, { value: true })
  }
}
