import { I2iError, isI2iError } from '@i2i/color'
import type { Session, Tensor } from './ports.js'

type RunOptions = Parameters<Session['run']>[1]

/** A session that is opened anew, once for a run, when its device is lost under it. */
export class RebuildingSession implements Session {
  readonly device: Session['device']
  readonly inputs: Session['inputs']
  readonly outputs: Session['outputs']
  readonly #reopen: (lost: I2iError) => Promise<Session>
  /** Of the session that is open now. */
  gpuDevice?: NonNullable<Session['gpuDevice']>
  #current: Session

  constructor(session: Session, reopen: (lost: I2iError) => Promise<Session>) {
    this.device = session.device
    this.inputs = session.inputs
    this.outputs = session.outputs
    this.#current = session
    if (session.gpuDevice) this.gpuDevice = session.gpuDevice
    this.#reopen = reopen
  }

  async run(feeds: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Record<string, Tensor>> {
    try {
      return await this.#current.run(feeds, options)
    } catch (error) {
      // What lay on the lost GPU is gone.
      const inMemory = Object.values(feeds).every(({ location }) => location === 'cpu')
      if (!isI2iError(error, 'DEVICE_LOST') || !inMemory) throw error
      await this.rebuild(error)
      return await this.#current.run(feeds, options)
    }
  }

  /** Opens the session anew: its device was lost, and with it what lay there. @throws DEVICE_LOST */
  async rebuild(lost: I2iError): Promise<void> {
    const old = this.#current
    this.#current = await this.#reopen(lost).catch((cause: unknown) => {
      throw new I2iError('DEVICE_LOST', `${lost.message} It could not be opened again: ${String(cause)}`, { cause })
    })
    if (this.#current.gpuDevice) this.gpuDevice = this.#current.gpuDevice
    // It is lost: what its end says is no news.
    await old.dispose().catch(() => undefined)
  }

  async dispose(): Promise<void> {
    await this.#current.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
