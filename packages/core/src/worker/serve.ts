import { type ColorEngine, I2iError } from '@i2i/color'
import { nodeModule } from '../model-files/host.js'
import type { Backend, ModelFiles } from '../ports.js'
import type { Port } from './port.js'
import { type Greeting, type Host, protocol } from './protocol.js'
import { TranslatorService } from './service.js'
import { offer, reach } from './wire.js'

/** The runtimes of a worker by the names that pages choose them by; each is made when it is first asked for. */
export type WorkerBackends = Readonly<Record<string, () => Backend | Promise<Backend>>>

/** What a worker brings besides runtimes: parts that cannot cross over from the page. */
export interface ServeOptions {
  /** Opens the colour engine, which the translator owns; default: load()'s own. */
  color?: () => Promise<ColorEngine>
  /** Where model files come from; default: the page's `files`, else beside the manifest. */
  files?: ModelFiles
}

/**
 * Makes the script it is called in the worker behind loadInWorker(): `serve({ ort: () => ort() })` is all it needs.
 * @throws OPTION_INVALID outside a worker
 */
export function serve(backends: WorkerBackends, options: ServeOptions = {}): void {
  const scope = workerScope()
  scope.onMessage((data) => {
    const greeting = (data ?? {}) as Partial<Greeting>
    if (greeting.i2i === 'hello') scope.post({ i2i: 'ready', protocol })
    if (greeting.i2i === 'leave') scope.leave()
    if (greeting.i2i !== 'connect' || !('service' in greeting)) return
    const service = new TranslatorService(backends, options, reach<Host>(greeting.host as Port))
    // What is said before it is offered waits in the port.
    service.show(greeting.lock).then(() => offer(service, greeting.service as Port))
  })
  // For pages that said hello before anybody listened.
  scope.post({ i2i: 'ready', protocol })
}

interface Scope {
  post(greeting: Greeting): void
  onMessage(listener: (data: unknown) => void): void
  leave(): void
}

function workerScope(): Scope {
  const parent = nodeModule('node:worker_threads')?.parentPort
  if (parent) {
    return {
      post: (greeting) => parent.postMessage(greeting),
      onMessage: (listener) => parent.on('message', listener),
      leave: () => process.exit(),
    }
  }
  const global = globalThis as unknown as Port & { readonly WorkerGlobalScope?: unknown }
  if (!global.WorkerGlobalScope) {
    throw new I2iError('OPTION_INVALID', 'serve() belongs into the script of a Worker; here, call load() itself')
  }
  return {
    post: (greeting) => global.postMessage(greeting, []),
    onMessage: (listener) => global.addEventListener('message', ({ data }) => listener(data)),
    leave: () => global.close(),
  }
}
