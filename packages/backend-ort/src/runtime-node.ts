import type { Family, Runtime } from './runtime.js'
import { hasVulkanDriver } from './vulkan.js'

const common = {
  name: 'onnxruntime-node',
  // Its binding answers "Invalid argument" to a view of shared memory.
  takesSharedMemory: false,
  load: () => import('onnxruntime-node'),
  // Each of its calls is one synchronous step: they cannot interleave.
  exclusive: (_module, task) => task(),
  async profile(open, use) {
    const [{ mkdtemp, readdir, readFile, rm }, { tmpdir }, { join }] = await Promise.all([
      import('node:fs/promises'),
      import('node:os'),
      import('node:path'),
    ])
    const folder = await mkdtemp(join(tmpdir(), 'i2i-profile-'))
    try {
      const session = await open({ enableProfiling: true, profileFilePrefix: join(folder, 'run') })
      try {
        await use(session)
        session.endProfiling()
      } finally {
        await session.release()
      }
      const [file = ''] = await readdir(folder)
      return await readFile(join(folder, file), 'utf8')
    } finally {
      await rm(folder, { recursive: true })
    }
  },
} satisfies Partial<Runtime>

const threadsOf = (threads: number | undefined) => (threads === undefined ? {} : { intraOpNumThreads: threads })

/** onnxruntime-node on the CPU. */
export const nodeCpu: Runtime = {
  ...common,
  device: 'cpu',
  configure: (_module, { threads }) => ({ executionProviders: ['cpu'], ...threadsOf(threads) }),
}

/** onnxruntime-node's own WebGPU: it makes the device, which nobody else sees, so tensors go in and out through memory. */
const nodeWebgpu: Runtime = {
  ...common,
  device: 'webgpu',
  async probe({ InferenceSession }) {
    if (!(await hasVulkanDriver())) throw new Error('no Vulkan driver is installed')
    // The adapter is looked for when a session is made; no call asks for it alone.
    const { identityModel, writeModel } = await import('@i2i/onnx')
    const settings = { executionProviders: ['webgpu'], logSeverityLevel: 4 } as const
    const session = await InferenceSession.create(writeModel(identityModel({})), settings)
    await session.release()
  },
  configure: (_module, { threads }) => ({ executionProviders: ['webgpu'], ...threadsOf(threads) }),
}

/** onnxruntime-node. */
export const nodeFamily: Family = {
  name: 'onnxruntime-node',
  // A GPU is used where it was asked for: its adapter may be software, and every tensor crosses through memory.
  runtimes: [nodeCpu, nodeWebgpu],
  usual: 'cpu',
  elsewhere: [{ device: 'wasm', reason: "onnxruntime-web runs it: import { ort } from '@i2i/backend-ort/web'" }],
}
