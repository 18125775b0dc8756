// Where models live: opening, running and checking them never hold up the page.
import { serve } from '@i2i/core/worker'
import { backends } from './backends.js'
import { proofWorker } from './worker.js'

// One script for both, so that the runtimes are built once.
if (self.name === proofWorker) {
  const [{ expose }, { proof }] = await Promise.all([import('comlink'), import('./proof.js')])
  expose(proof)
} else {
  serve(backends)
}
