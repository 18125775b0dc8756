import { type I2iErrorCode, isI2iError } from '@i2i/core'
import { expect } from 'vitest'

/** Passes when `promise` rejects with an i2i error of this code whose message matches. */
export async function expectError(promise: Promise<unknown>, code: I2iErrorCode, message: RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => 'it resolved',
    (reason: unknown) => reason,
  )
  if (!isI2iError(error, code)) throw new Error(`expected ${code}`, { cause: error })
  expect(error.message).toMatch(message)
}
