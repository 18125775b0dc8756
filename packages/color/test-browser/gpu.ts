import type { GpuDevice, GpuEncoder } from '../src/webgpu/gpu.js'

interface Adapter {
  readonly features: ReadonlySet<string>
  readonly limits: Readonly<Record<string, number>>
  requestDevice(descriptor?: object): Promise<GpuDevice>
}

/** This page's adapter. */
export async function requestAdapter(): Promise<Adapter> {
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<Adapter | null> } } }
  const adapter = await navigator?.gpu?.requestAdapter()
  if (!adapter) throw new Error('this page has no GPU adapter; run it as vitest.config.ts does')
  return adapter
}

/** A new GPUDevice of this page. */
export async function requestDevice(descriptor?: object): Promise<GpuDevice> {
  return await (await requestAdapter()).requestDevice(descriptor)
}

/** A WebGPU object as the engine's signatures take it: without DOM types its class is never. */
export function dom(object: object): never {
  return object as never
}

/** Records with a new encoder of the device and submits it. */
export function submitted(device: GpuDevice, record: (encoder: never) => void): void {
  const encoder: GpuEncoder = device.createCommandEncoder()
  record(dom(encoder))
  device.queue.submit([encoder.finish()])
}
