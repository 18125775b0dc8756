import { I2iError } from '@i2i/core'
import { type SerialQueue, serialQueue } from '@i2i/core/backend'
import type * as Tf from '@tensorflow/tfjs-core'
import type { Gpu, GpuBackend } from './gpu-runtime.js'
import { invalid, reasonOf, type TfjsOptions } from './options.js'

/** tfjs-core. */
export type TfModule = typeof Tf
/** The devices on which this backend runs. */
export type TfjsDevice = 'webgpu' | PlainDevice
/** Those that TensorFlow.js has once for the whole page or process. */
type PlainDevice = 'wasm' | 'cpu'

/** The devices, fastest first. */
export const devices: readonly TfjsDevice[] = ['webgpu', 'wasm', 'cpu']

/** Imports a package. @throws BACKEND_UNAVAILABLE naming the command that installs it, with what else is `needed` beside it */
export async function load<T>(name: string, importIt: () => Promise<T>, needed: string = name): Promise<T> {
  try {
    return await importIt()
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    throw new I2iError(
      'BACKEND_UNAVAILABLE',
      absent
        ? `${name} is not installed. Run: npm install ${needed}`
        : `${name} did not load: ${reasonOf(cause)}. If it is not installed, run: npm install ${needed}`,
      { details: { package: name }, cause },
    )
  }
}

/** What TensorFlow.js keeps once for the whole page or process, by the loaded copy of it. */
export interface Shared {
  /** One task at a time: which backend computes is a global of TensorFlow.js. */
  readonly queue: SerialQueue
  readonly started: Set<PlainDevice>
  readonly gpuBackends: Map<GPUDevice, GpuBackend>
  wasmPaths?: string | undefined
}
const shared = new WeakMap<object, Shared>()

/** What is kept for this copy of TensorFlow.js. */
export function sharedBy(tf: TfModule): Shared {
  const engine = tf.engine()
  const known = shared.get(engine)
  if (known) return known
  const fresh = { queue: serialQueue(), started: new Set<PlainDevice>(), gpuBackends: new Map() }
  shared.set(engine, fresh)
  return fresh
}

/** TensorFlow.js on one device. */
export interface Runtime {
  readonly tf: TfModule
  readonly device: TfjsDevice
  /** On webgpu, the GPUDevice and what computes on it. */
  readonly gpu?: Gpu
  /** Runs `task`, which must not wait for anything, with the device chosen; then chooses the caller's again. */
  exclusive<T>(task: () => T, signal?: AbortSignal): Promise<T>
  /** The same for a task that waits, but not for runs. */
  opening<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Gives back what the session holds of the device. */
  release(): Promise<void>
}

/** Imports tfjs-core. @throws BACKEND_UNAVAILABLE naming all that the device needs */
export async function loadTf(device: TfjsDevice): Promise<TfModule> {
  const needed = `@tensorflow/tfjs-core @tensorflow/tfjs-converter @tensorflow/tfjs-backend-${device}`
  return await load('@tensorflow/tfjs-core', () => import('@tensorflow/tfjs-core'), needed)
}

/** Loads and starts TensorFlow.js on a device. @throws BACKEND_UNAVAILABLE, OPTION_INVALID */
export async function startRuntime(device: PlainDevice, options: TfjsOptions): Promise<Runtime> {
  const tf = await loadTf(device)
  const state = sharedBy(tf)
  await state.queue.run(async () => {
    if (device === 'wasm') await settleWasmPaths(state, options)
    if (!state.started.has(device)) await start(tf, device)
    state.started.add(device)
  })
  return { ...runtimeOf(tf, state, device, device), release: () => Promise.resolve() }
}

/** How tasks run on a backend that has started; `name` is the one under which TensorFlow.js knows it. */
export function runtimeOf(
  tf: TfModule,
  { queue }: Shared,
  device: TfjsDevice,
  name: string,
): Pick<Runtime, 'tf' | 'device' | 'exclusive' | 'opening'> {
  return {
    tf,
    device,
    exclusive: (task, signal) =>
      queue.run(async () => {
        const restore = choose(tf, device, name)
        try {
          return task()
        } finally {
          restore()
        }
      }, signal),
    opening: (task, signal) =>
      queue.run(async () => {
        const restore = choose(tf, device, name)
        try {
          return await task()
        } finally {
          restore()
        }
      }, signal),
  }
}

async function settleWasmPaths(state: Shared, { wasmPaths }: TfjsOptions): Promise<void> {
  const { setWasmPaths } = await load('@tensorflow/tfjs-backend-wasm', () => import('@tensorflow/tfjs-backend-wasm'))
  const paths = wasmPaths === undefined ? undefined : JSON.stringify(wasmPaths)
  if (state.started.has('wasm')) {
    if (paths === undefined || paths === state.wasmPaths) return
    throw invalid(
      `tfjs({ wasmPaths: ${paths} }): TensorFlow.js was started with ${state.wasmPaths ?? 'its own'} and keeps that for the whole page or process. Pass the same to every tfjs().`,
      { wasmPaths, running: state.wasmPaths },
    )
  }
  if (wasmPaths !== undefined) {
    try {
      setWasmPaths(typeof wasmPaths === 'string' ? wasmPaths : { ...wasmPaths })
    } catch (cause) {
      throw notStarted('wasm', `it was started before, elsewhere or in vain (${reasonOf(cause)})`)
    }
  }
  state.wasmPaths = paths
}

async function start(tf: TfModule, device: PlainDevice): Promise<void> {
  if (device === 'cpu') await load('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu'))
  const before = chosen(tf)
  const started = await tf.setBackend(device).catch((cause: unknown) => reasonOf(cause))
  try {
    if (started !== true) throw notStarted(device, started === false ? 'it gave no reason' : started)
    if (device === 'cpu') withoutGreeting(tf)
  } finally {
    if (before) await tf.setBackend(before)
  }
}

function notStarted(device: PlainDevice, why: string): I2iError {
  return new I2iError('BACKEND_UNAVAILABLE', `TensorFlow.js did not start on ${device}: ${why}. Check wasmPaths.`, {
    details: { device },
  })
}

/** The backend in use; undefined where nobody has chosen one, or one that did not start. */
function chosen(tf: TfModule): string | undefined {
  const { backendName, registry } = tf.engine()
  return backendName in registry ? backendName : undefined
}

/** In Node, the first tensor on the CPU prints advice to use another package. */
function withoutGreeting(tf: TfModule): void {
  const production = tf.env().getBool('PROD')
  tf.env().set('PROD', true)
  tf.tensor1d([0]).dispose()
  tf.env().set('PROD', production)
}

const cpuForward = 'WEBGPU_CPU_FORWARD'

/** Chooses a backend that has started; gives what chooses the caller's again. */
function choose(tf: TfModule, device: TfjsDevice, name: string): () => void {
  const before = chosen(tf)
  // Of a backend that has started, setBackend() chooses at once; its promise is for those that have not.
  if (before !== name) void tf.setBackend(name)
  // Small tensors would be computed in plain JavaScript and never reach the GPU.
  const forwards = device === 'webgpu' && tf.env().getBool(cpuForward)
  if (forwards) tf.env().set(cpuForward, false)
  return () => {
    if (forwards) tf.env().set(cpuForward, true)
    if (before && before !== name) void tf.setBackend(before)
  }
}
