import { InferenceSession, type Tensor } from 'onnxruntime-node'
import {
  type LinkBinding,
  type LinkInput,
  type LinkOutput,
  type LinkSpec,
  linkIdentityModel,
  writeModel,
} from '../src/index.js'
import { channelsOf } from './link-oracle.js'

/** Float RGB, pixels of 0 to 1. */
export const plain: LinkBinding = { layout: 'NCHW', dtype: 'float32', channels: 'RGB' }

/** The shape of a picture of this size. */
export function pixelDims(binding: LinkBinding, height: number | string, width: number | string): (number | string)[] {
  const channels = channelsOf(binding)
  return binding.layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
}

/** The picture `x`. */
export function input(binding: LinkBinding, height: number | string = 'h', width: number | string = 'w'): LinkInput {
  return { name: 'x', dtype: binding.dtype, dims: pixelDims(binding, height, width), binding }
}

/** A picture that follows it. */
export function image(binding: LinkBinding, scale = 1, name = 'y'): LinkOutput {
  return {
    name,
    dtype: binding.dtype,
    dims: pixelDims(binding, `${name}_h`, `${name}_w`),
    role: 'image',
    binding,
    scale,
  }
}

/** What onnxruntime makes of the identity model for `io`. */
export async function run(io: LinkSpec, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(writeModel(linkIdentityModel(io)), { logSeverityLevel: 3 })
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}
