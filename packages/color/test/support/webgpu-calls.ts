import { alignedPlanes } from '../../src/webgpu/shapes.js'
import type { GpuPlane } from '../../src/webgpu/types.js'

/** A video picture. */
export const nv12 = {
  format: 'NV12',
  width: 1280,
  height: 720,
  colorSpace: { matrix: 'bt709', fullRange: false },
} as const

/** A picture of a page. */
export const rgba = {
  format: 'RGBA',
  width: 640,
  height: 480,
  colorSpace: { matrix: 'rgb', fullRange: true },
} as const

/** A model's tensor. */
export const tensor = { width: 512, height: 512, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const

/** Where the engine's own buffers keep a picture's planes. */
export function planesOf({ format, width, height }: typeof nv12 | typeof rgba): readonly GpuPlane[] {
  return alignedPlanes(format, width, height).planes
}
