import { GpuDevices } from '@i2i/core/backend'
import { invalid } from './errors.js'
import { gpuWishes } from './gpu-wishes.js'
import type { OrtOptions } from './options.js'
import type { Family, OrtModule, Runtime } from './runtime.js'

/** What ONNX Runtime keeps once for the whole page or process, by the loaded copy of it. */
interface Shared {
  settled?: { readonly threads: number | undefined; readonly wasmPaths: string | undefined }
  tail: Promise<unknown>
}
const shared = new WeakMap<OrtModule['env'], Shared>()

function sharedBy({ env }: OrtModule): Shared {
  const known = shared.get(env)
  if (known) return known
  const fresh = { tail: Promise.resolve() }
  shared.set(env, fresh)
  return fresh
}

const common = {
  name: 'onnxruntime-web',
  // It copies every feed into its own memory.
  takesSharedMemory: true,
  // Calls that overlap share one WASM stack, and each puts the stack pointer back over the other's arguments: wrong names,
  // "memory access out of bounds". One at a time, over all sessions, costs nothing: they would take turns on the thread anyhow.
  exclusive(module, task) {
    const queue = sharedBy(module)
    const result = queue.tail.then(task)
    queue.tail = result.catch(() => undefined)
    return result
  },
} satisfies Partial<Runtime>

/** onnxruntime-web's WASM build, in browsers and in Node. */
const webWasm: Runtime = {
  ...common,
  device: 'wasm',
  // In a browser the WASM-only build, which is half as large as the default one; that build does not run in Node.
  load: () => import('#onnxruntime-web'),
  configure(module, options) {
    settle(sharedBy(module), module.env.wasm, options)
    return { executionProviders: ['wasm'] }
  },
}

/** onnxruntime-web's WebGPU build, in browsers. It is another module than the WASM build, with settings of its own. */
const webWebgpu: Runtime = {
  ...common,
  device: 'webgpu',
  // The one build that adopts a device; the default one and /all leave foreign buffers unread, without an error.
  load: () => import('#onnxruntime-web-webgpu'),
  // Always given one: a device that ONNX Runtime makes dies with its last session, and is not replaced when it is lost under another.
  gpuDevices: ({ gpuDevice }) => new GpuDevices(gpuDevice, gpuWishes),
  configure(module, options, lease) {
    settle(sharedBy(module), module.env.wasm, options)
    // Setting env.webgpu.device would be ignored.
    const provider = { name: 'webgpu', device: lease?.device }
    return { executionProviders: [provider], preferredOutputLocation: 'gpu-buffer' }
  },
}

/** onnxruntime-web. */
export const webFamily: Family = {
  name: 'onnxruntime-web',
  runtimes: [webWebgpu, webWasm],
  usual: 'wasm',
  elsewhere: [
    {
      device: 'cpu',
      reason:
        "onnxruntime-web runs on 'wasm' or 'webgpu'; 'cpu' is onnxruntime-node's: import { ort } from '@i2i/backend-ort' in Node",
    },
  ],
}

/** ONNX Runtime reads these settings once, when its first session is made. */
function settle(state: Shared, wasm: OrtModule['env']['wasm'], { threads, wasmPaths }: OrtOptions): void {
  const paths = wasmPaths === undefined ? undefined : JSON.stringify(wasmPaths)
  if (!state.settled) {
    if (threads !== undefined) wasm.numThreads = threads
    if (wasmPaths !== undefined) wasm.wasmPaths = wasmPaths
    state.settled = { threads, wasmPaths: paths }
    return
  }
  const { settled } = state
  const running = settled.threads ?? wasm.numThreads ?? 'its own choice'
  if (threads !== undefined && threads !== running) {
    throw invalid(
      `ort({ threads: ${threads} }): onnxruntime-web was started with ${running} and keeps that for the whole page or process. Pass the same number to every ort().`,
      { threads, running },
    )
  }
  if (paths !== undefined && paths !== settled.wasmPaths) {
    throw invalid(
      `ort({ wasmPaths: ${paths} }): onnxruntime-web was started with ${settled.wasmPaths ?? 'its own'} and keeps that for the whole page or process. Pass the same to every ort().`,
      { wasmPaths, running: settled.wasmPaths },
    )
  }
}
