import { type Decision, isI2iError } from '@i2i/core'
import type { Failure, Outcome } from './protocol.js'

/** Runs a task; whatever it throws becomes data, for an error loses its code and details on the way out of a worker. */
export async function outcomeOf<T>(task: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await task() }
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}

function failureOf(error: unknown): Failure {
  if (isI2iError(error)) {
    const decisions = error.details?.['decisions']
    return {
      code: error.code,
      message: error.message,
      decisions: Array.isArray(decisions) ? (decisions as readonly Decision[]) : [],
    }
  }
  const name = error instanceof Error ? error.name : 'Error'
  return { code: name, message: error instanceof Error ? error.message : String(error), decisions: [] }
}

/** A failure on the page's side, thrown again. */
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

/** The value of an outcome. @throws DemoError */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  const { code, message, decisions } = outcome.failure
  throw new DemoError(code, message, decisions)
}
