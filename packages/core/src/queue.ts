/** Runs tasks one after another in the order they came; a task that fails does not touch the next. */
export interface SerialQueue {
  /** An abort while the task waits rejects at once with signal.reason, and the task never starts; a task that runs heeds the signal itself. */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Settles when every task so far has. */
  idle(): Promise<void>
}

/** A queue with nobody in it. */
export function serialQueue(): SerialQueue {
  let tail: Promise<void> = Promise.resolve()

  return {
    async run(task, signal) {
      signal?.throwIfAborted()
      const turn = tail
      const done = deferred()
      tail = turn.then(() => done.promise)
      try {
        await (signal ? orAbort(turn, signal) : turn)
        return await task()
      } finally {
        done.resolve()
      }
    },
    idle: () => tail,
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

async function orAbort(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([turn, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
