import { I2iError, type ModelBytes, type Session, type TensorInfo } from '@i2i/core'
import { isDtype } from '@i2i/core/backend'
import type { InferenceSession } from 'onnxruntime-common'
import { reasonOf } from './errors.js'
import type { OrtOptions } from './options.js'
import type { OrtModule, Settings } from './runtime.js'
import { type Host, OrtSession, type SessionInit } from './session.js'

/** Opens `model` in the host; the session releases the host's lease. @throws MODEL_UNSUPPORTED, BACKEND_UNAVAILABLE, OPTION_INVALID */
export async function createSession(
  host: Host,
  model: ModelBytes,
  options: OrtOptions,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const bytes = checkModel(host, model)
  const { runtime, module, lease } = host
  const opened = await runtime.exclusive(module, async () => {
    signal?.throwIfAborted()
    const ours = runtime.configure(module, options, lease)
    const settings: Settings = {
      logSeverityLevel: 3, // Errors; the warnings are about graphs, for their exporters.
      ...ours,
      ...externalData(model),
      ...options.sessionOptions,
      ...(runtime.device === 'webgpu' && { executionProviders: ours.executionProviders }),
    }
    const open = runtime.device === 'webgpu' ? openOnGpu : openAnywhere
    return await open(module, bytes, settings).catch((cause: unknown) => {
      throw createFailed(host, model, cause)
    })
  })
  try {
    signal?.throwIfAborted()
    const { session } = opened
    const [inputs, outputs] = [describe(session.inputMetadata), describe(session.outputMetadata)]
    return new OrtSession({ host, bytes, inputs, outputs, ...opened })
  } catch (error) {
    await runtime.exclusive(module, () => opened.session.release())
    throw error
  }
}

type Opened = Pick<SessionInit, 'session' | 'settings' | 'fallback'>

async function openAnywhere(module: OrtModule, bytes: Uint8Array, settings: Settings): Promise<Opened> {
  const session = await module.InferenceSession.create(bytes, settings)
  return { session, settings, fallback: undefined }
}

/** First with every node on the GPU; with some on the CPU only where that fails and the caller did not forbid it, and said aloud. */
async function openOnGpu(module: OrtModule, bytes: Uint8Array, settings: Settings): Promise<Opened> {
  const extra = settings.extra as { session?: Record<string, unknown> } | undefined
  const asked = extra?.session?.['disable_cpu_ep_fallback']
  const strict = { ...extra, session: { ...extra?.session, disable_cpu_ep_fallback: '1' } }
  try {
    // Without the log: that a node has no kernel on the GPU is reported by the session.
    const log = asked === undefined ? { logSeverityLevel: 4 as const } : {}
    const session = await module.InferenceSession.create(bytes, { ...settings, ...log, extra: strict })
    return { session, settings: { ...settings, extra: strict }, fallback: undefined }
  } catch (cause) {
    if (String(asked) === '1' || !reasonOf(cause).includes('assigned to the default CPU EP')) throw cause
    const opened = await openAnywhere(module, bytes, settings)
    return { ...opened, fallback: 'some nodes have no WebGPU kernel and run on the CPU: placement() lists them' }
  }
}

function checkModel({ runtime }: Host, { format, entry, files }: ModelBytes): Uint8Array {
  if (format !== 'onnx') {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `${runtime.name} opens onnx models, not ${format}. Use a variant with format onnx, or another backend.`,
      { details: { format, formats: ['onnx'] } },
    )
  }
  const bytes = files.get(entry)
  if (!bytes?.length) {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `The model's file ${entry} is ${bytes ? 'empty' : 'not among its files'} (${[...files.keys()].join(', ')}).`,
      { details: { entry, files: [...files.keys()] } },
    )
  }
  return bytes
}

/** Weights outside the graph's file, under the paths that the graph names them by: relative to itself. */
function externalData({ entry, files }: ModelBytes): Pick<InferenceSession.SessionOptions, 'externalData'> {
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1)
  const others = [...files].filter(([path]) => path !== entry)
  if (others.length === 0) return {}
  return {
    externalData: others.map(([path, data]) => ({
      path: path.startsWith(folder) ? path.slice(folder.length) : path,
      data,
    })),
  }
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): readonly TensorInfo[] {
  return metadata.map((value) => {
    const dtype = value.isTensor ? value.type : 'no tensor'
    if (!value.isTensor || !isDtype(dtype)) {
      throw new I2iError(
        'MODEL_UNSUPPORTED',
        `'${value.name}' is ${dtype}, which i2i has no tensor for. Cast it in the model.`,
        { details: { name: value.name, dtype } },
      )
    }
    // A size without a name is '' in onnxruntime-node and 2^32 - 1 in onnxruntime-web.
    const dims = value.shape.map((dim) => (dim === '' || dim === 0xffffffff ? '?' : dim))
    return { name: value.name, dtype, dims }
  })
}

function createFailed({ runtime }: Host, { entry }: ModelBytes, cause: unknown): I2iError {
  const why = reasonOf(cause)
  if (/WebGPU adapter|WebGPU device|WebGpuContext/.test(why)) {
    return new I2iError('BACKEND_UNAVAILABLE', `${runtime.name} does not run on ${runtime.device}: ${why}.`, {
      details: { device: runtime.device },
      cause,
    })
  }
  if (why.startsWith('no available backend found')) {
    return new I2iError(
      'BACKEND_UNAVAILABLE',
      `${runtime.name} did not start: ${why}. Check wasmPaths and executionProviders; it does not try twice in one page or process.`,
      { details: { package: runtime.name }, cause },
    )
  }
  return new I2iError(
    'MODEL_UNSUPPORTED',
    `${runtime.name} cannot open ${entry}: ${why}. Check that the file is whole and its operators are ones that this version knows.`,
    { details: { entry }, cause },
  )
}
