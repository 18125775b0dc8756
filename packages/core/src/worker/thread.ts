import type { Greeting } from './protocol.js'

/** A Worker of the web, or of node:worker_threads. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: never[]): void
  terminate(): unknown
}

/** What a worker's owner hears of it. */
export interface ThreadEvents {
  message(data: unknown): void
  /** The worker is of no use any more, and why. */
  failed(reason: string, cause?: unknown): void
}

/** The owner's end of a worker. */
export interface Thread {
  post(greeting: Greeting, moved?: readonly object[]): void
  /** Whether Node waits for the worker before it ends. */
  hold(held: boolean): void
  /** Settles when the worker is no more; one that `listens` to greetings may finish what it is at. */
  end(listens: boolean): Promise<void>
}

/** One view of the two kinds of Worker. */
export function openThread(worker: WorkerLike, events: ThreadEvents): Thread {
  return isNodeWorker(worker) ? nodeThread(worker, events) : webThread(worker as WebWorker, events)
}

interface NodeWorker extends WorkerLike {
  on(event: string, listener: (value: unknown) => void): void
  ref(): void
  unref(): void
}

function isNodeWorker(worker: WorkerLike): worker is NodeWorker {
  return 'on' in worker && 'unref' in worker
}

function nodeThread(worker: NodeWorker, { message, failed }: ThreadEvents): Thread {
  let thrown: unknown
  worker.on('message', message)
  worker.on('messageerror', (error) => failed(`sent what cannot be read: ${String(error)}`, error))
  worker.on('error', (error) => {
    thrown = error
    failed(`threw ${String(error)}`, error)
  })
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      failed(`ended with exit code ${String(code)}`, thrown)
      resolve()
    })
  })
  const post = (greeting: Greeting, moved: readonly object[] = []): void =>
    worker.postMessage(greeting, moved as never[])
  return {
    post,
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: async (listens) => {
      if (!listens) await worker.terminate()
      // onnxruntime-node aborts the process when its thread is terminated under a run: the worker has to leave by itself.
      else post({ i2i: 'leave' })
      worker.ref()
      await gone
    },
  }
}

interface WebWorker extends WorkerLike {
  addEventListener(type: string, listener: (event: WebWorkerEvent) => void): void
}

interface WebWorkerEvent {
  readonly data?: unknown
  readonly message?: string
  readonly filename?: string
  readonly lineno?: number
  readonly error?: unknown
  preventDefault(): void
}

function webThread(worker: WebWorker, { message, failed }: ThreadEvents): Thread {
  worker.addEventListener('message', ({ data }) => message(data))
  worker.addEventListener('messageerror', () => failed('sent what cannot be read'))
  worker.addEventListener('error', (event) => {
    // It becomes a rejection; the page need not hear of it twice.
    event.preventDefault()
    const { message, filename, lineno, error } = event
    // A script that cannot be had gives an event without a message, for whatever reason: browsers keep it to their console.
    if (message) failed(`threw ${message} (${filename}:${lineno})`, error ?? undefined)
    else failed('script could not be loaded (not there, not JavaScript, or refused by the Content-Security-Policy)')
  })
  return {
    post: (greeting, moved = []) => worker.postMessage(greeting, moved as never[]),
    hold: () => undefined,
    end: async () => {
      worker.terminate()
    },
  }
}
