export { loadInWorker, type WorkerLoadOptions } from './load-in-worker.js'
export type { WorkerTranslateOptions, WorkerTranslator } from './remote-translator.js'
export { type ServeOptions, serve, type WorkerBackends } from './serve.js'
export type { WorkerLike } from './thread.js'
