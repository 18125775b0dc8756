/**
 * Settles as `work` does, or rejects with `signal.reason` itself as soon as the signal aborts, whatever `work` is doing then; work that
 * knows no signal goes on unheard.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    const settle = <A>(done: (value: A) => void) => {
      return (value: A) => {
        signal.removeEventListener('abort', abort)
        done(value)
      }
    }
    work.then(settle(resolve), settle(reject))
  })
}
