// Nothing tells a page that its worker was ended by something else than itself; but a lock is let go by whoever is no more.

interface Locks {
  request(name: string, options: { signal?: AbortSignal }, held: () => Promise<void> | void): Promise<void>
}

/** Undefined in Node, and in pages that are not a secure context. */
const locks = (): Locks | undefined => (globalThis as unknown as { navigator?: { locks?: Locks } }).navigator?.locks

/** A name for the lock of one worker, where there are locks. */
export function lockName(): string | undefined {
  return locks() && `i2i-worker-${crypto.randomUUID()}`
}

/** Shows that this worker lives, from when the promise settles until `release` aborts. */
export function showPresence(name: string, release: AbortSignal): Promise<void> {
  return new Promise((held, failed) => {
    const kept = (): Promise<void> => {
      held()
      return new Promise((resolve) => release.addEventListener('abort', () => resolve(), { once: true }))
    }
    locks()?.request(name, {}, kept).catch(failed)
  })
}

/** Calls `gone` when the worker that shows its presence under that name is no more; `signal` ends the watch. */
export function watchPresence(name: string, signal: AbortSignal, gone: () => void): void {
  // An abort rejects it.
  locks()
    ?.request(name, { signal }, gone)
    .catch(() => undefined)
}
