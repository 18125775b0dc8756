import { I2iError } from '@i2i/core'

/** An option that cannot be met. */
export function invalid(message: string, details: Readonly<Record<string, unknown>>): I2iError {
  return new I2iError('OPTION_INVALID', message, { details })
}

/** What a caught value says, without the full stop, for use inside a sentence. */
export function reasonOf(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause)
    .trim()
    .replace(/\.$/, '')
}
