// Where models live: opening, running and checking them never hold up the page.
import { serve } from '@i2i/core/worker'
import { expose } from 'comlink'
import { backends } from './backends.js'
import type { proof as Proof } from './proof.js'
import { proofWorker } from './worker.js'

// One script for both, so that the runtimes are built once. What proves is loaded by its first call, and not before somebody listens to it:
// a message that comes during an import at the top of a worker is lost.
if (self.name === proofWorker) {
  const loaded = async (): Promise<typeof Proof> => (await import('./proof.js')).proof
  const proof: typeof Proof = {
    dump: async (...asked) => (await loaded()).dump(...asked),
    checkLink: async (...asked) => (await loaded()).checkLink(...asked),
  }
  expose(proof)
} else {
  serve(backends)
}
