import { I2iError, type I2iErrorCode, isI2iError } from '@i2i/color'

/** Anything that was thrown, as data: structured cloning drops an error's class, code and details, and refuses functions. */
export type WireError =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'error'
      readonly name: string
      readonly message: string
      readonly stack?: string
      readonly code?: I2iErrorCode
      readonly details?: Readonly<Record<string, unknown>>
      readonly cause?: WireError
      readonly errors?: readonly WireError[]
    }

// A cause of a cause of a cause explains nothing more, and errors may be their own cause.
const deepest = 4

/** An error with its code, details, causes and stack; what cannot be cloned is written out. */
export function encodeError(error: unknown, depth = 0): WireError {
  if (!(error instanceof Error) && !isI2iError(error)) return { kind: 'value', value: cloneable(error) }
  const { name, message, stack, cause } = error
  return {
    kind: 'error',
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(isI2iError(error) && { code: error.code }),
    ...(isI2iError(error) && error.details && { details: cloneableDetails(error.details) }),
    ...(cause !== undefined && depth < deepest && { cause: encodeError(cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      depth < deepest && { errors: error.errors.map((each) => encodeError(each, depth + 1)) }),
  }
}

/** The error again: an I2iError with its code, a DOMException or built-in error by its name, or the value itself. */
export function decodeError(wire: WireError): unknown {
  if (wire.kind === 'value') return wire.value
  const error = rebuilt(wire)
  // Where it was thrown, not where it arrived.
  if (wire.stack !== undefined) Object.defineProperty(error, 'stack', { value: wire.stack, configurable: true })
  return error
}

function rebuilt({ name, message, code, details, cause, errors }: WireError & { kind: 'error' }): Error {
  const options = cause && { cause: decodeError(cause) }
  if (code) return new I2iError(code, message, { ...options, ...(details && { details }) })
  if (errors) return new AggregateError(errors.map(decodeError), message, options)
  const builtIn = errorClasses.find((candidate) => candidate.name === name)
  if (builtIn) return new builtIn(message, options)
  // Its names are no classes: AbortError, TimeoutError, DataCloneError.
  if (name !== 'Error' && name.endsWith('Error') && typeof DOMException === 'function') {
    return new DOMException(message, name)
  }
  return Object.assign(new Error(message, options), { name })
}

const errorClasses = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

function cloneableDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, cloneable(value)]))
}

function cloneable(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value
  try {
    return structuredClone(value)
  } catch {
    return String(value)
  }
}
