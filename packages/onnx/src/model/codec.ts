import { OnnxError } from '../error.js'
import { decode } from '../protobuf/read.js'
import { encode } from '../protobuf/write.js'
import type { Model } from './model.js'
import { modelSchema, tensorSchema } from './schemas.js'
import type { OnnxTensor } from './types.js'

/** Gives the model that an ONNX file's bytes hold; raw tensor data are views on `bytes`, not copies. @throws MODEL_UNSUPPORTED when the bytes are cut off or no ONNX model */
export function readModel(bytes: Uint8Array): Model {
  const model: Partial<Model> = decode(modelSchema, bytes)
  const missing = !model.graph
    ? 'graph'
    : model.irVersion! >= 3 && !model.opsetImports?.length
      ? 'operator set'
      : undefined
  if (missing)
    throw new OnnxError(
      'MODEL_UNSUPPORTED',
      `Cannot read the ONNX model: it names no ${missing} in its ${bytes.length} bytes. The file is cut off or not ONNX; download it again.`,
      { offset: bytes.length, bytes: bytes.length },
    )
  // The graph, the one property whose presence a file decides, is there.
  return model as Model
}

/** Gives the bytes of an ONNX file in pieces, in order; long raw data are the model's own arrays, not copies. @throws OPTION_INVALID for a number that does not fit its field */
export function writeModelChunks(model: Model): Uint8Array[] {
  return encode(modelSchema, model)
}

/** Gives the bytes of an ONNX file. @throws OPTION_INVALID for a number that does not fit its field */
export function writeModel(model: Model): Uint8Array {
  return joined(writeModelChunks(model))
}

/** Gives the bytes of a lone tensor (TensorProto), as the input_0.pb of ONNX's test data sets holds it. */
export function writeTensor(tensor: OnnxTensor): Uint8Array {
  return joined(encode(tensorSchema, tensor))
}

/** Gives the tensor that the bytes of a .pb file hold; raw data are a view on them. @throws MODEL_UNSUPPORTED when the bytes are cut off or no TensorProto */
export function readTensor(bytes: Uint8Array): OnnxTensor {
  return decode(tensorSchema, bytes)
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
