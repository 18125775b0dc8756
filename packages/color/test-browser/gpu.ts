import { type ColorEngine, openColorEngine } from '@i2i/color'
import type { GpuDevice, GpuEncoder } from '../src/webgpu/gpu.js'
import { type GpuColorEngine, openGpuColorEngine } from '../src/webgpu/index.js'

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

/** The engine of a new device, and the one that it is compared with. */
export async function openEngines(): Promise<{ device: GpuDevice; engine: GpuColorEngine; reference: ColorEngine }> {
  const device = await requestDevice()
  const engine = await openGpuColorEngine(dom(device))
  return { device, engine, reference: await openColorEngine({ engine: 'reference' }) }
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

interface Context2d {
  drawImage(source: object, x: number, y: number): void
  putImageData(pixels: object, x: number, y: number): void
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
}

/** The page's own picture classes. */
export const page = globalThis as unknown as {
  readonly OffscreenCanvas: new (width: number, height: number) => { getContext(kind: '2d'): Context2d }
  readonly ImageData: new (data: Uint8ClampedArray, width: number) => object
  createImageBitmap(source: object): Promise<{ close(): void }>
}
