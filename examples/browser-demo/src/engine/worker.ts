/** The name of a worker that proves rather than translates. */
export const proofWorker = 'proof'

/** A worker with the runtimes in it. */
export function newWorker(name = 'model'): Worker {
  return new Worker(new URL('./model.worker.ts', import.meta.url), { type: 'module', name })
}
