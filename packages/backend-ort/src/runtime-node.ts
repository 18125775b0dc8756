import type { Runtime } from './runtime.js'

/** onnxruntime-node on the CPU. */
export const nodeRuntime: Runtime = {
  name: 'onnxruntime-node',
  device: 'cpu',
  elsewhere: [
    { device: 'wasm', reason: "onnxruntime-web runs it: import { ort } from '@i2i/backend-ort/web'" },
    { device: 'webgpu', reason: 'WebGPU is not built yet' },
  ],
  // Its binding answers "Invalid argument" to a view of shared memory.
  takesSharedMemory: false,
  load: () => import('onnxruntime-node'),
  configure: (_module, { threads }) => (threads === undefined ? {} : { intraOpNumThreads: threads }),
  // Each of its calls is one synchronous step: they cannot interleave.
  exclusive: (_module, task) => task(),
}
