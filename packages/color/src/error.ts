/** Stable reasons for failure, shared by every i2i package. */
export type I2iErrorCode =
  | 'MANIFEST_INVALID'
  | 'MODEL_UNAVAILABLE'
  | 'MODEL_INTEGRITY'
  | 'MODEL_UNSUPPORTED'
  | 'BACKEND_UNAVAILABLE'
  | 'DEVICE_LOST'
  | 'IMAGE_INVALID'
  | 'SHAPE_MISMATCH'
  | 'OUT_OF_MEMORY'
  | 'DUMP_FAILED'
  | 'DUMP_INVALID'
  | 'VIDEO_FAILED'
  | 'OPTION_INVALID'
  | 'DISPOSED'

// Registered in the global symbol registry, so that two copies of this package recognise each other's errors.
const brand = Symbol.for('i2i.error')

/** What an error carries besides code and message. */
export interface I2iErrorOptions {
  /** The offending values, for programs. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The one error of i2i: `code` for programs, a message with the offending value and the remedy for people. */
export class I2iError extends Error {
  override readonly name = 'I2iError'
  readonly code: I2iErrorCode
  readonly details?: Readonly<Record<string, unknown>>

  constructor(code: I2iErrorCode, message: string, options: I2iErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    if (options.details) this.details = options.details
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether `value` is an i2i error, of any copy of any i2i package, and (when given) of this code. */
export function isI2iError(value: unknown, code?: I2iErrorCode): value is I2iError {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false
  return code === undefined || ('code' in value && value.code === code)
}
