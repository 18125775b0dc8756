import { type Decision, isI2iError } from '@i2i/core'
import type { Outcome } from './protocol.js'

/** A failure of the page's own, or one that came out of a worker. */
export class DemoError extends Error {
  readonly code: string
  readonly decisions: readonly Decision[]

  constructor(code: string, message: string, decisions: readonly Decision[] = []) {
    super(message)
    this.name = 'DemoError'
    this.code = code
    this.decisions = decisions
  }
}

/** Whatever was thrown, as a failure with a code. */
export function failureOf(error: unknown): DemoError {
  if (error instanceof DemoError) return error
  if (isI2iError(error)) {
    const decisions = error.details?.['decisions']
    // A worker that did not start has nothing to decide.
    const code = error.code === 'BACKEND_UNAVAILABLE' && !decisions ? 'WORKER' : error.code
    return new DemoError(code, error.message, Array.isArray(decisions) ? (decisions as readonly Decision[]) : [])
  }
  return error instanceof Error ? new DemoError(error.name, error.message) : new DemoError('Error', String(error))
}

/** Whether something else was chosen meanwhile: nothing that anybody need be told. */
export function isChange({ code }: DemoError): boolean {
  return code === 'AbortError' || code === 'DISPOSED'
}

/** Runs a task; what it throws becomes data. */
export async function outcomeOf<T>(task: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await task() }
  } catch (error) {
    const { code, message, decisions } = failureOf(error)
    return { ok: false, code, message, decisions }
  }
}

/** The value of an outcome. @throws DemoError */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new DemoError(outcome.code, outcome.message, outcome.decisions)
}
