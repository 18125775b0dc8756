import { I2iError, type ModelBytes, type Session, type TensorInfo } from '@i2i/core'
import type { InferenceSession } from 'onnxruntime-common'
import { isDtype } from './dtypes.js'
import { reasonOf } from './errors.js'
import type { OrtOptions } from './options.js'
import { type Host, OrtSession } from './session.js'

/** Opens `model` in the host. @throws MODEL_UNSUPPORTED, BACKEND_UNAVAILABLE, OPTION_INVALID */
export async function createSession(
  host: Host,
  model: ModelBytes,
  options: OrtOptions,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const bytes = checkModel(host, model)
  const { runtime, module } = host
  const session = await runtime.exclusive(module, async () => {
    signal?.throwIfAborted()
    const settings: InferenceSession.SessionOptions = {
      executionProviders: [runtime.device],
      logSeverityLevel: 3, // Errors; the warnings are about graphs, for their exporters.
      ...runtime.configure(module, options),
      ...externalData(model),
      ...options.sessionOptions,
    }
    return module.InferenceSession.create(bytes, settings).catch((cause: unknown) => {
      throw createFailed(host, model, cause)
    })
  })
  try {
    signal?.throwIfAborted()
    return new OrtSession(host, session, describe(session.inputMetadata), describe(session.outputMetadata))
  } catch (error) {
    await runtime.exclusive(module, () => session.release())
    throw error
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
