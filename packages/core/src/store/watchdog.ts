/** Ends a request that the caller gave up, or that says nothing for too long. */
export interface Watchdog {
  readonly signal: AbortSignal
  /** Set once it was the silence that ended it. */
  readonly expired: boolean
  /** Settles as `work` does; work that takes longer than the time given is aborted. */
  within<T>(work: Promise<T>): Promise<T>
  /** Forgets the caller's signal, and ends what still runs. */
  stop(): void
}

/** Watches over one request. */
export function watchdog(idleMs: number, outer: AbortSignal | undefined): Watchdog {
  const controller = new AbortController()
  const abort = (): void => controller.abort(outer?.reason)
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  let expired = false
  return {
    signal: controller.signal,
    get expired() {
      return expired
    },
    async within(work) {
      const timer = setTimeout(() => {
        expired = true
        controller.abort()
      }, idleMs)
      try {
        return await work
      } finally {
        clearTimeout(timer)
      }
    },
    stop() {
      outer?.removeEventListener('abort', abort)
      controller.abort()
    },
  }
}
