import { I2iError } from '../error.js'
import type { GpuDevice } from './gpu.js'

type Filter = 'validation' | 'out-of-memory'

const refusals: Readonly<Record<Filter, (what: string, message: string) => I2iError>> = {
  'out-of-memory': (what, message) =>
    new I2iError(
      'OUT_OF_MEMORY',
      `The GPU has no room for ${what}: ${sentence(message)}; dispose what is not needed, or use smaller pictures.`,
    ),
  validation: (what, message) =>
    new I2iError(
      'OPTION_INVALID',
      `The GPU refuses ${what}: ${sentence(message)}; give buffers, textures and encoders of the engine's own device.`,
    ),
}

function sentence(message: string): string {
  return message.trim().replace(/\s+/g, ' ').replace(/\.$/, '') || 'no reason was given'
}

/** What every use of a lost device throws. */
export function lostError(why: string): I2iError {
  return new I2iError(
    'DEVICE_LOST',
    `The GPU device is lost: ${sentence(why)}; open the engine again on a new device.`,
    {
      details: { why },
    },
  )
}

/** What the device thought of one call, once it has said so. */
export interface Verdict {
  /** Rejects with what the device refused in this call. */
  accepted(): Promise<void>
}

/** Gathers what the device refuses: it says so after the call that it was asked in. */
export class Acceptance {
  readonly #device: GpuDevice
  readonly #pending = new Set<Promise<unknown>>()
  readonly #failures = new Set<I2iError>()
  #lost: string | undefined
  /** Of the call under way. */
  #failed: I2iError[] = []

  constructor(device: GpuDevice) {
    this.#device = device
    void device.lost.then(({ message, reason }) => {
      this.#lost = message || reason || 'no reason was given'
    })
  }

  /** Throws DEVICE_LOST once the device is. */
  alive(): void {
    if (this.#lost !== undefined) throw lostError(this.#lost)
  }

  /** Runs `act`; what the device refuses of it is kept, and passed to `refused`. */
  watch<T>(filter: Filter, what: string, act: () => T, refused: () => void = () => {}): T {
    const failed = this.#failed
    this.#device.pushErrorScope(filter)
    try {
      return act()
    } finally {
      const popped = this.#device.popErrorScope().then(
        (error) => {
          if (error === null) return
          const failure = refusals[filter](what, error.message)
          this.#failures.add(failure)
          failed.push(failure)
          refused()
        },
        // A lost device says so elsewhere.
        () => {},
      )
      this.#pending.add(popped)
      void popped.then(() => this.#pending.delete(popped))
    }
  }

  /** Runs one call; its verdict is for whoever reads the result. */
  call<T>(what: string, act: () => T): { readonly value: T; readonly verdict: Verdict } {
    const failed: I2iError[] = []
    this.#failed = failed
    const value = this.watch('validation', what, act)
    const asked = Promise.all(this.#pending)
    return {
      value,
      verdict: {
        accepted: async () => {
          await asked
          for (const failure of failed) this.#failures.delete(failure)
          // What had no room comes first; what was made of it is refused after it.
          if (failed[0] !== undefined) throw failed[0]
        },
      },
    }
  }

  /** Resolves when everything so far was taken; rejects with the first that was refused since the last time. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
    this.alive()
    const [first] = this.#failures
    this.#failures.clear()
    if (first !== undefined) throw first
  }
}
