import { constants } from 'node:os'

/** Someone stopped the command: no failure, but no result either. */
export class Stopped extends Error {
  /** 128 and the signal's number, as shells have it. */
  readonly exitCode: number

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}; nothing was written`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Runs work that ends cleanly, with Stopped, when someone stops the command; a second time ends it at once. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals): void => controller.abort(new Stopped(signal))
  for (const signal of signals) process.once(signal, stop)
  try {
    return await work(controller.signal)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}
