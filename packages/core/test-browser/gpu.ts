import { openColorEngine, type RawImage, rawImage } from '@i2i/color'
import { expect, onTestFinished, vi } from 'vitest'
import { load } from '../src/load.js'
import type { ModelManifest } from '../src/manifest.js'
import type { Backend } from '../src/ports.js'
import type { LoadOptions, Translator } from '../src/types.js'

/** RGB in planes, without normalisation. */
export const rgb = { layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
const norm = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** A link of RGB pictures, of any size unless told; identity models stand for its files. */
export function manifest(change: Partial<ModelManifest> = {}): ModelManifest {
  const file = { path: 'none.onnx', sha256: '0'.repeat(64), bytes: 1 }
  return {
    schemaVersion: 1,
    id: 'link',
    version: '1.0.0',
    input: { ...rgb, ...norm, tensor: 'x', size: { multipleOf: 4 } },
    outputs: [{ role: 'image', ...rgb, ...norm, tensor: 'y', name: 'image' }],
    variants: [{ id: 'fp32', format: 'onnx', precision: 'fp32', devices: ['webgpu', 'wasm'], files: [file] }],
    ...change,
  }
}

/** An identity model of a manifest on WebGPU. */
export async function open(
  backend: Backend,
  change: Partial<ModelManifest> = {},
  more: Partial<LoadOptions> = {},
): Promise<Translator> {
  return await load(manifest(change), { backend, device: 'webgpu', identity: true, ...more })
}

/** Smooth colour with an edge: no two channels alike, no symmetry. */
export function picture(width: number, height: number, alpha = 255): RawImage {
  const data = new Uint8Array(4 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v, edge] = [x / width, y / height, x > y ? 60 : 0]
      data.set([20 + 150 * u + edge, 30 + 180 * v, 200 - 120 * u, alpha], 4 * (y * width + x))
    }
  }
  return rawImage({ format: 'RGBA', width, height, data })
}

/** The bytes of a tight RGBA picture. */
export function bytesOf(image: RawImage): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(image.planes[0]?.data ?? [])
}

/** A picture as the page's own classes have it. */
export function imageDataOf(image: RawImage): ImageData {
  return new ImageData(bytesOf(image), image.width, image.height)
}

/** What a frame shows, as RGBA. */
export async function frameBytes(frame: VideoFrame): Promise<Uint8Array> {
  const data = new Uint8Array(frame.allocationSize({ format: 'RGBA' }))
  await frame.copyTo(data, { format: 'RGBA' })
  return data
}

/** What a 2d canvas shows, as RGBA. */
export function canvasBytes(canvas: HTMLCanvasElement | OffscreenCanvas): Uint8ClampedArray {
  const copy = new OffscreenCanvas(canvas.width, canvas.height)
  const context = copy.getContext('2d')
  context?.drawImage(canvas, 0, 0)
  return context?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray()
}

/** A 4:2:0 frame of a picture, and its planes. */
export async function yuvFrame(image: RawImage, timestamp = 0): Promise<{ frame: VideoFrame; planes: RawImage }> {
  using color = await openColorEngine()
  const matrix = { matrix: 'bt709', fullRange: false } as const
  const planes = color.convert(image, { format: 'I420', colorSpace: matrix })
  const parts = planes.planes.map(({ data }) => data as Uint8Array<ArrayBuffer>)
  const data = await new Blob(parts).arrayBuffer()
  const { width: codedWidth, height: codedHeight } = image
  const colorSpace = { ...matrix, primaries: 'bt709', transfer: 'bt709' } as const
  return { frame: new VideoFrame(data, { format: 'I420', codedWidth, codedHeight, timestamp, colorSpace }), planes }
}

/** The largest difference of two lists of one length. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)))
  return most
}

interface Resource {
  destroy(): void
}
interface Mappable extends Resource {
  mapAsync(mode: number, ...rest: unknown[]): Promise<void>
}
interface Device {
  createBuffer(descriptor: object): Resource
  createTexture(descriptor: object): Resource
}

/** What is used of WebGPU's classes, which lib.dom has not yet. */
interface Gpu {
  readonly GPUBuffer: { readonly prototype: Mappable }
  readonly GPUTexture: { readonly prototype: Resource }
  readonly GPUDevice: { readonly prototype: Device }
}

const gpu = globalThis as unknown as Gpu
const read = 1

/** Counts, until the test ends, the buffers that are mapped for reading. */
export function countReads(): { readonly count: number } {
  const { prototype } = gpu.GPUBuffer
  const original = prototype.mapAsync
  let count = 0
  const spy = vi.spyOn(prototype, 'mapAsync').mockImplementation(function (this: Mappable, mode, ...rest) {
    if (mode === read) count++
    return original.call(this, mode, ...rest)
  })
  onTestFinished(() => spy.mockRestore())
  return {
    get count() {
      return count
    },
  }
}

/** Counts, until the test ends, the buffers and textures that are made and not destroyed. */
export function countResources(): { readonly live: number } {
  const live = new Set<object>()
  const device = gpu.GPUDevice.prototype
  for (const make of ['createBuffer', 'createTexture'] as const) {
    const create = device[make]
    const spy = vi.spyOn(device, make).mockImplementation(function (this: Device, descriptor) {
      const made = create.call(this, descriptor)
      live.add(made)
      return made
    })
    onTestFinished(() => spy.mockRestore())
  }
  for (const { prototype } of [gpu.GPUBuffer, gpu.GPUTexture]) {
    const { destroy } = prototype
    const spy = vi.spyOn(prototype, 'destroy').mockImplementation(function (this: Resource) {
      live.delete(this)
      return destroy.call(this)
    })
    onTestFinished(() => spy.mockRestore())
  }
  return {
    get live() {
      return live.size
    },
  }
}
