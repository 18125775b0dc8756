import { I2iError } from '@i2i/color'
import { abortable } from '../abort.js'
import type { ModelManifest } from '../manifest.js'
import { locate, locateFolder } from '../model-files/location.js'
import { checkKeys, loadKeys } from '../options.js'
import type { ModelFiles } from '../ports.js'
import type { LoadOptions } from '../types.js'
import { Calls } from './calls.js'
import { Connection } from './connection.js'
import { dumpHost } from './dumps.js'
import { buffersOf } from './pictures.js'
import type { Host, WireLoadOptions } from './protocol.js'
import { RemoteTranslator, type WorkerTranslator } from './remote-translator.js'
import type { WorkerLike } from './thread.js'
import { answer, type Parcel, plainAnswer, unwrap } from './wire.js'

/** What loadInWorker() is told besides the manifest: load()'s options, but for parts that only the worker's script can bring. */
export interface WorkerLoadOptions extends Omit<LoadOptions, 'backend' | 'color'> {
  /** Backends by the names that serve() was given, tried in order. Default: all of them, in the order they stand there. */
  backend?: string | readonly string[]
  /** Milliseconds until a worker is given up that does not say that it is there. Default 30 000. */
  startMs?: number
}

const workerLoadKeys = [...loadKeys.filter((key) => key !== 'color'), 'startMs']

/**
 * load() in a worker whose script calls serve(). The worker is the translator's from now on: dispose() ends it, and so does a load that
 * fails. Given a function that makes the worker, its failure is a BACKEND_UNAVAILABLE as well. Relative paths are the page's.
 * @throws as load(); BACKEND_UNAVAILABLE when the worker cannot be started; an abort rejects with signal.reason
 */
export async function loadInWorker(
  worker: WorkerLike | (() => WorkerLike),
  manifest: string | URL | ModelManifest,
  options: WorkerLoadOptions = {},
): Promise<WorkerTranslator> {
  const connection = new Connection(worker)
  try {
    checkKeys('loadInWorker()', options, workerLoadKeys)
    return await loadOver(connection, manifest, options)
  } catch (error) {
    // An abort does not wait for it.
    void connection.end(new I2iError('DISPOSED', 'loading in the worker was given up'))
    throw error
  }
}

async function loadOver(
  connection: Connection,
  manifest: string | URL | ModelManifest,
  options: WorkerLoadOptions,
): Promise<WorkerTranslator> {
  const { dump, files, signal, onProgress, startMs = 30_000, baseUrl, ...rest } = options
  signal?.throwIfAborted()
  const backends: readonly unknown[] = [rest.backend ?? []].flat()
  if (backends.some((name) => typeof name !== 'string')) {
    throw new I2iError(
      'OPTION_INVALID',
      'a worker has its backends from its own script, serve({ ort: () => ort() }); loadInWorker() takes their names: { backend: "ort" }',
    )
  }
  const calls = new Calls()
  const call = calls.next()
  const host: Host = {
    progress: async (call, ...told) => calls.tell(call, told),
    readFile: (read, path, asked) =>
      answer(async () => {
        const told = (loaded: number, total?: number): void =>
          connection.tell((service) => service.fileProgress(read, loaded, total))
        return await sentFile(files, path, { ...asked, onProgress: told, ...(signal && { signal }) })
      }),
    forgetFile: (path, asked) => plainAnswer(async () => (await files?.forget?.(path, asked)) ?? false),
    ...dumpHost(dump),
  }
  await abortable(connection.open(host, startMs), signal)
  const wire: WireLoadOptions = {
    ...rest,
    ...(baseUrl === undefined ? pageFolder(manifest) : { baseUrl: locateFolder(baseUrl).href }),
    files: files !== undefined,
    dump: dump && { wants: dump.wants !== undefined },
  }
  const where = typeof manifest === 'string' || manifest instanceof URL ? locate(manifest).href : manifest
  const loading = calls.heard(call, onProgress, () => connection.call((service) => service.load(call, where, wire)))
  const answered = await abortable(loading, signal)
  const loaded = unwrap(answered)
  connection.lostAs = 'DEVICE_LOST'
  return new RemoteTranslator(connection, calls, loaded, answered.news)
}

/** Where the paths of a manifest start that is an object, for a worker's own address is another. */
function pageFolder(manifest: string | URL | ModelManifest): { baseUrl?: string } {
  if (typeof manifest === 'string' || manifest instanceof URL) return {}
  try {
    return { baseUrl: locateFolder('./').href }
  } catch {
    // A page without an address of its own; whoever reads a file will say so.
    return {}
  }
}

async function sentFile(
  files: ModelFiles | undefined,
  path: string,
  options: Parameters<ModelFiles['read']>[1],
): Promise<Parcel<Uint8Array>> {
  const bytes = await files?.read(path, options)
  if (!bytes) throw new I2iError('MODEL_UNAVAILABLE', `files.read("${path}") gave nothing; give the file's bytes`)
  // The reader may keep them, and they may be a part of more.
  const value = bytes.slice()
  return { value, moved: buffersOf([value]) }
}
