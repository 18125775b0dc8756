import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import type { Backend } from '../src/ports.js'
import type { Translator } from '../src/types.js'
import { rgb } from './gpu.js'

/** The backends that keep tensors on the GPU. */
export const backends: Record<string, () => Backend> = { 'ONNX Runtime': () => ort(), 'TensorFlow.js': () => tfjs() }

/** Why calls went through memory, as far as decisions tell. */
export function reasons({ decisions }: Translator): string[] {
  return decisions.filter(({ choice }) => choice === 'pixels in memory').map(({ reason }) => reason)
}

/** The input of manifests, whose size is told where it is used. */
export const input: typeof rgb & { readonly tensor: string } = { ...rgb, tensor: 'x' }

/** The picture that manifests give. */
export const image: typeof rgb & { readonly role: 'image'; readonly tensor: string; readonly name: string } = {
  role: 'image',
  ...rgb,
  tensor: 'y',
  name: 'image',
}

/** A GPUDevice, as far as tests use it. */
export interface Device {
  destroy(): void
}

/** A new device of this page's adapter. */
export async function newDevice(): Promise<Device> {
  interface Gpu {
    requestAdapter(): Promise<{ requestDevice(): Promise<Device> }>
  }
  return await (await (navigator as unknown as { gpu: Gpu }).gpu.requestAdapter()).requestDevice()
}
