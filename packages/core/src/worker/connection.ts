import { I2iError, type I2iErrorCode } from '@i2i/color'
import { channel, type Port } from './port.js'
import { lockName, watchPresence } from './presence.js'
import { type Greeting, type Host, protocol, type Service } from './protocol.js'
import { openThread, type Thread, type WorkerLike } from './thread.js'
import { offer, reach } from './wire.js'

/** A worker that was told where to listen. No call into it hangs, whatever becomes of it. */
export class Connection {
  readonly #thread: Thread
  readonly #pending = new Set<(error: I2iError) => void>()
  readonly #watch = new AbortController()
  #ports: readonly Port[] = []
  #service: Service | undefined
  #onReady: (protocol: number) => void = () => undefined
  #over: I2iError | undefined
  #listens = false
  /** What the end of the worker is: until the model is loaded nothing was lost, there is nothing to run it. */
  lostAs: I2iErrorCode = 'BACKEND_UNAVAILABLE'

  /** @throws BACKEND_UNAVAILABLE when there is no such worker */
  constructor(worker: WorkerLike | (() => WorkerLike)) {
    const failed = (reason: string, cause?: unknown): void => this.#fail(reason, cause)
    const message = (data: unknown): void => {
      const greeting = (data ?? {}) as Partial<Greeting>
      if (greeting.i2i === 'ready' && 'protocol' in greeting) this.#onReady(Number(greeting.protocol))
    }
    this.#thread = openThread(made(worker), { message, failed })
    this.#thread.hold(false)
  }

  /** Waits for serve() in the worker, `startMs` milliseconds at most, and tells it the ports. @throws BACKEND_UNAVAILABLE */
  async open(host: Host, startMs: number): Promise<void> {
    const timer = setTimeout(() => this.#give(silent(startMs)), startMs)
    try {
      await this.#greeted()
      const [service, servicePort] = channel()
      const [own, hostPort] = channel()
      this.#ports = [service, own]
      this.#service = reach<Service>(service)
      offer(host, own)
      for (const port of this.#ports) port.unref?.()
      service.addEventListener('messageerror', () => this.#fail('sent what cannot be read'))
      // Node's Worker tells itself of its end, and why.
      const lock = service.unref ? undefined : lockName()
      this.#thread.post({ i2i: 'connect', service: servicePort, host: hostPort, lock }, [servicePort, hostPort])
      await this.call((service) => service.present())
      if (lock) watchPresence(lock, this.#watch.signal, () => this.#fail('was ended by something else'))
    } finally {
      clearTimeout(timer)
    }
  }

  /** What ended the worker. */
  get over(): I2iError | undefined {
    return this.#over
  }

  /** Calls into the worker. @throws what send() gives, or the worker's end */
  async call<T>(send: (service: Service) => Promise<T>): Promise<T> {
    if (this.#over) throw this.#over
    if (!this.#service) throw new I2iError('DISPOSED', 'the worker was not opened')
    return await this.wait(send(this.#service)).catch(refusedByClone)
  }

  /** Tells the worker something; whether it hears it is of no matter. */
  tell(send: (service: Service) => Promise<void>): void {
    this.call(send).catch(() => undefined)
  }

  /** Settles as `work`, or rejects as soon as the worker is no more. */
  wait<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over)
      this.#pending.add(reject)
      this.#thread.hold(true)
      const settled = (): void => {
        this.#pending.delete(reject)
        if (this.#pending.size === 0) this.#thread.hold(false)
      }
      work.finally(settled).then(resolve, reject)
    })
  }

  /** Ends the worker; whatever still waits is refused with `reason`. */
  async end(reason: I2iError): Promise<void> {
    this.#give(reason)
    await this.#thread.end(this.#listens)
  }

  async #greeted(): Promise<void> {
    const ready = new Promise<number>((resolve) => {
      this.#onReady = resolve
    })
    this.#thread.post({ i2i: 'hello' })
    const spoken = await this.wait(ready)
    this.#listens = true
    if (spoken === protocol) return
    throw new I2iError(
      'BACKEND_UNAVAILABLE',
      `the worker's script was built with another release of @i2i/core (protocol ${spoken}, here ${protocol}); build both with the same`,
    )
  }

  #fail(reason: string, cause?: unknown): void {
    if (this.#over) return
    const remedy =
      this.lostAs === 'DEVICE_LOST'
        ? 'call loadInWorker() again, with a new Worker'
        : "check the URL of the worker's script, the server's answer and the console"
    this.#give(
      new I2iError(this.lostAs, `the worker ${reason}; ${remedy}`, {
        details: { reason },
        ...(cause !== undefined && { cause }),
      }),
    )
    // One that threw lives on in browsers, in a state that nobody knows.
    void this.#thread.end(false)
  }

  #give(reason: I2iError): void {
    this.#over ??= reason
    this.#watch.abort()
    for (const port of this.#ports) port.close()
    for (const reject of this.#pending) reject(this.#over)
    this.#pending.clear()
  }
}

function silent(startMs: number): I2iError {
  return new I2iError(
    'BACKEND_UNAVAILABLE',
    `the worker said nothing for ${startMs} ms; does its script call serve() of @i2i/core/worker?`,
    { details: { startMs } },
  )
}

function made(worker: WorkerLike | (() => WorkerLike)): WorkerLike {
  try {
    return typeof worker === 'function' ? worker() : worker
  } catch (cause) {
    throw new I2iError(
      'BACKEND_UNAVAILABLE',
      `no worker could be made: ${String(cause)}; check its URL, and that the Content-Security-Policy allows it (worker-src, else script-src)`,
      { cause },
    )
  }
}

// postMessage() refuses functions, elements, detached buffers and memory that is no one's to move.
function refusedByClone(cause: unknown): never {
  if (!(cause instanceof DOMException) || cause.name !== 'DataCloneError') throw cause
  throw new I2iError(
    'OPTION_INVALID',
    `cannot be sent to a worker: ${cause.message}; pass plain data, and hand over (transfer) only what is whole and your own`,
    { cause },
  )
}
