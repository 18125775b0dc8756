import type { IoSpec, ModelBytes, PixelBinding } from '@i2i/core'

/** An identity over float32 RGB NCHW pictures of any size, from `x` to `y`. */
export const identityIo: IoSpec = {
  inputs: [{ name: 'x', dtype: 'float32', dims: [1, 3, 'height', 'width'], binding: binding('x') }],
  outputs: [{ name: 'y', dtype: 'float32', dims: [1, 3, 'height', 'width'], role: 'image', binding: binding('y') }],
}

function binding(tensor: string): PixelBinding {
  return { tensor, layout: 'NCHW', dtype: 'float32', channels: 'RGB' }
}

/** A model of one ONNX file. */
export function onnxBytes(bytes: Uint8Array): ModelBytes {
  return { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', bytes]]) }
}
