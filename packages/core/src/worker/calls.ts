type Listener = (...told: readonly unknown[]) => void

/** The calls under way that somebody listens to. */
export class Calls {
  readonly #listeners = new Map<number, { tell: Listener; failed(error: unknown): void }>()
  #last = 0

  /** A number for a call. */
  next(): number {
    return ++this.#last
  }

  /** Settles as `work` does, or as soon as `tell` throws, with what it threw: as it would without a worker. */
  async heard<T, L extends unknown[]>(
    call: number,
    tell: ((...told: L) => void) | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (!tell) return await work()
    try {
      return await new Promise<T>((resolve, reject) => {
        // What the worker tells of a call is what its own onProgress is told.
        this.#listeners.set(call, { tell: tell as unknown as Listener, failed: reject })
        work().then(resolve, reject)
      })
    } finally {
      this.#listeners.delete(call)
    }
  }

  /** Hands on what the worker told of a call; one that is over is heard no more. */
  tell(call: number, told: readonly unknown[]): void {
    const listener = this.#listeners.get(call)
    try {
      listener?.tell(...told)
    } catch (error) {
      listener?.failed(error)
    }
  }
}
