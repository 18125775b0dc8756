import type { ColorEngine } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GpuCanvasContext, GpuDevice } from '../src/webgpu/gpu.js'
import type { GpuColorEngine } from '../src/webgpu/index.js'
import { dom, openEngines, page } from './gpu.js'
import { bytesOf, noise } from './pictures.js'

const { OffscreenCanvas, ImageData } = page

let device: GpuDevice
let engine: GpuColorEngine
let reference: ColorEngine

beforeAll(async () => {
  ;({ device, engine, reference } = await openEngines())
})
afterAll(async () => {
  await engine.settled()
  engine.dispose()
})

// TEXTURE_BINDING | RENDER_ATTACHMENT
const texture = (format: string, width: number, height: number) =>
  device.createTexture({ size: [width, height], format, usage: 0x4 | 0x10 })

describe('textures and canvases', () => {
  const size = { width: 11, height: 6 }
  const tensor = { ...size, layout: 'NCHW', dtype: 'float32', channels: 'RGBA' } as const

  it('draws on textures and reads them: bytes stay what they were', async () => {
    const image = noise('RGBA', size.width, size.height)
    for (const format of ['rgba8unorm', 'bgra8unorm', 'rgba16float']) {
      const onto = texture(format, size.width, size.height)
      using packed = engine.pack(image, tensor)
      using drawn = engine.unpack(packed, tensor, {}, dom(onto))
      expect(drawn.texture, format).toBe(onto)
      using again = engine.convert(dom(onto), { format: 'RGBA' })
      expect(bytesOf(await again.read()), format).toEqual(bytesOf(image))
      using repacked = engine.pack(drawn, { ...tensor, dtype: 'uint8' })
      expect(await repacked.read(), format).toEqual(reference.pack(image, { ...tensor, dtype: 'uint8' }).data)
    }
  })

  it.each(['opaque', 'premultiplied'] as const)('draws on a canvas (%s) that 2D reads back', async (alphaMode) => {
    const canvas = new OffscreenCanvas(size.width, size.height)
    const context = engine.configure(dom(canvas), { alphaMode })
    drawsAs(context, canvas, alphaMode)
    // The caller's own configuration says it too.
    const own = new OffscreenCanvas(size.width, size.height)
    const configured = (own as unknown as { getContext(kind: 'webgpu'): GpuCanvasContext }).getContext('webgpu')
    configured.configure({ device, format: 'rgba8unorm', alphaMode })
    drawsAs(dom(configured), own, alphaMode)
  })

  function drawsAs(context: never, canvas: object, alphaMode: 'opaque' | 'premultiplied'): void {
    const image = noise('RGBA', size.width, size.height)
    engine.convert(image, {}, context).dispose()
    const flat = new OffscreenCanvas(size.width, size.height).getContext('2d')
    flat.drawImage(canvas, 0, 0)
    const shown = flat.getImageData(0, 0, size.width, size.height).data
    const { data } = image.planes[0]!
    let most = 0
    for (let i = 0; i < data.length; i += 4) {
      const alpha = alphaMode === 'opaque' ? 255 : data[i + 3]!
      expect(shown[i + 3]).toBe(alpha)
      // Premultiplied colour keeps as many levels as alpha has.
      const kept = 255 / Math.max(1, alpha)
      for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(shown[i + c]! - data[i + c]!) / kept)
    }
    expect(most).toBeLessThanOrEqual(alphaMode === 'opaque' ? 0 : 1)
  }

  it('reads bitmaps and canvases, straight alpha included', async () => {
    const image = noise('RGBA', size.width, size.height)
    const { data } = image.planes[0]!
    for (let i = 3; i < data.length; i += 4) data[i] = 255
    const canvas = new OffscreenCanvas(size.width, size.height)
    const pixels = new ImageData(Uint8ClampedArray.from(data), size.width)
    canvas.getContext('2d').putImageData(pixels, 0, 0)
    const bitmap = await page.createImageBitmap(canvas)
    for (const source of [canvas, bitmap, pixels]) {
      using picture = engine.convert(dom(source), { format: 'RGBA' })
      expect(bytesOf(await picture.read())).toEqual(bytesOf(image))
    }
    bitmap.close()
    expect(() => engine.pack(dom(bitmap), tensor)).toThrow(expect.objectContaining({ code: 'IMAGE_INVALID' }))
  })

  it('a size that is not the canvas’s is refused', () => {
    const context = engine.configure(dom(new OffscreenCanvas(4, 4)))
    expect(() => engine.convert(noise('RGB', 5, 4), {}, context)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    )
  })
})
