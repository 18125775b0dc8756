import { I2iError } from '@i2i/core'

/** What is wrong with a file of a dump. */
export function invalid(path: string, problem: string, remedy: string, cause?: unknown): I2iError {
  return new I2iError('DUMP_INVALID', `${path} ${problem}; ${remedy}`, {
    details: { path },
    ...(cause !== undefined && { cause }),
  })
}

/** What helps when a file was cut off or changed. */
export const again = 'copy the dump again, or remove the call from it'
