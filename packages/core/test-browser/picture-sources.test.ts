import { rawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageSource, Translator } from '../src/types.js'
import { decodePng, encodePng, withOrientation } from './files.js'
import {
  bytes,
  centres,
  corners,
  farthest,
  imageOf,
  link,
  quarters,
  quartersCanvas,
  stillWorks,
  taintedCanvas,
} from './pictures.js'

let translator: Translator
beforeAll(async () => {
  translator = await link()
})
afterAll(() => translator.dispose())

/** The same picture in every form that keeps each byte of it. */
const forms: Record<string, (data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) => unknown> = {
  RawImage: (data, width, height) => rawImage({ format: 'RGBA', width, height, data }),
  ImageData: (data, width, height) => new ImageData(data, width, height),
  ImageBitmap: (data, width, height) => createImageBitmap(new ImageData(data, width, height)),
  VideoFrame: (data, codedWidth, codedHeight) =>
    new VideoFrame(data, { format: 'RGBA', codedWidth, codedHeight, timestamp: 0 }),
  HTMLCanvasElement: (data, width, height) => draw(document.createElement('canvas'), data, width, height),
  OffscreenCanvas: (data, width, height) => draw(new OffscreenCanvas(1, 1), data, width, height),
  'canvas with WebGL': (data, width, height) => drawWebGl(document.createElement('canvas'), data, width, height),
  'placeholder canvas': (data, width, height) => placeholder(data, width, height),
  Blob: (data, width, height) => encodePng(data, width, height),
  File: async (data, width, height) => new File([await encodePng(data, width, height)], 'picture.png'),
  HTMLImageElement: async (data, width, height) => imageOf(await encodePng(data, width, height)),
}

function draw<C extends HTMLCanvasElement | OffscreenCanvas>(
  canvas: C,
  data: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): C {
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas
}

function drawWebGl(
  canvas: HTMLCanvasElement,
  data: Uint8ClampedArray,
  width: number,
  height: number,
): HTMLCanvasElement {
  canvas.width = width
  canvas.height = height
  const gl = canvas.getContext('webgl2', { preserveDrawingBuffer: true, antialias: false }) as WebGL2RenderingContext
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true)
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(data))
  gl.bindFramebuffer(gl.READ_FRAMEBUFFER, gl.createFramebuffer())
  gl.framebufferTexture2D(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
  gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST)
  return canvas
}

async function placeholder(
  data: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas')
  document.body.append(canvas)
  draw(canvas.transferControlToOffscreen() as OffscreenCanvas, data, width, height)
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
  canvas.remove()
  return canvas
}

describe('every byte of a picture arrives from', () => {
  for (const [form, make] of Object.entries(forms)) {
    test(form, async () => {
      // More colours than corners, and an odd size.
      const data = new Uint8ClampedArray(4 * 37 * 23).map((_, i) => (i % 4 === 3 ? 255 : (i * 37 + (i >> 7)) & 255))
      const { image } = await translator.translate((await make(data, 37, 23)) as ImageSource)
      expect(image).toMatchObject({ format: 'RGBA', width: 37, height: 23 })
      expect(bytes(image)).toEqual([...data])
    })
  }
})

test('frame after frame of changing sizes is read with one canvas', async () => {
  const made: unknown[] = []
  const Original = OffscreenCanvas
  globalThis.OffscreenCanvas = class extends Original {
    constructor(width: number, height: number) {
      super(width, height)
      made.push(this)
    }
  }
  try {
    await using own = await link()
    for (const [width, height] of [
      [8, 6],
      [4, 4],
      [8, 6],
      [8, 6],
      [9, 3],
    ] as const) {
      const { image } = await own.translate(quartersCanvas(width, height))
      expect(bytes(image)).toEqual([...quarters(width, height)])
    }
    // What the last picture left must not shine through a transparent one.
    const clear = await own.translate(await createImageBitmap(new ImageData(9, 3)))
    expect(Math.max(...bytes(clear.image))).toBe(0)
    // One in bytes; one in half floats for the transparent picture.
    expect(made.length).toBeLessThanOrEqual(2)
  } finally {
    globalThis.OffscreenCanvas = Original
  }
})

describe('alpha is straight', () => {
  // Colours that 8 bits multiplied by alpha could not hold.
  const pixels = [200, 100, 50, 255, 200, 100, 50, 128, 201, 101, 51, 9, 200, 100, 50, 1]
  const data = Uint8ClampedArray.from(pixels)
  for (const form of ['Blob', 'HTMLImageElement', 'VideoFrame', 'RawImage', 'ImageData'] as const) {
    test(`of a ${form}`, async () => {
      const { image } = await translator.translate((await forms[form]?.(data, 4, 1)) as ImageSource)
      expect(bytes(image)).toEqual(pixels)
    })
  }
  test('of an ImageBitmap that was made so', async () => {
    const bitmap = await createImageBitmap(new ImageData(data, 4, 1), { premultiplyAlpha: 'none' })
    const { image } = await translator.translate(bitmap)
    expect(bytes(image)).toEqual(pixels)
  })
})

test('a photo has the pixels that its file says', async () => {
  const response = await fetch(new URL('../../../examples/node-photo/astronaut.png', import.meta.url))
  const file = await response.blob()
  const { width, height, data } = await decodePng(file)
  const { image } = await translator.translate(file, { format: 'RGB' })
  expect([image.width, image.height]).toEqual([width, height])
  expect(farthest(image.planes[0]?.data ?? [], data)).toBe(0)
})

describe('EXIF orientation is applied', () => {
  const [a, b, c, d] = corners
  // The EXIF standard: which corner of the stored picture is shown at [left top, right top, left bottom, right bottom].
  const shown = [
    [a, b, c, d],
    [b, a, d, c],
    [d, c, b, a],
    [c, d, a, b],
    [a, c, b, d],
    [c, a, d, b],
    [d, b, c, a],
    [b, d, a, c],
  ]
  shown.forEach((expected, index) => {
    test(`orientation ${index + 1}, of a Blob and of an <img>`, async () => {
      const stored = await new Promise<Blob | null>((resolve) =>
        quartersCanvas(64, 32).toBlob(resolve, 'image/jpeg', 1),
      )
      const file = await withOrientation(stored ?? new Blob(), index + 1)
      const size = index < 4 ? [64, 32] : [32, 64]
      for (const source of [file, await imageOf(file)]) {
        const { image } = await translator.translate(source)
        expect([image.width, image.height]).toEqual(size)
        expect(farthest(centres(image).flat(), expected.flat())).toBeLessThanOrEqual(4)
      }
    })
  })
  test('and stated', () => {
    for (const kind of ['Blob', 'HTMLImageElement']) {
      expect(translator.decisions).toContainEqual(
        expect.objectContaining({
          what: 'source',
          choice: `${kind} as RGBA`,
          reason: expect.stringMatching(/EXIF orientation is applied.*sRGB.*straight/),
        }),
      )
    }
  })
})

describe('pictures of another realm', () => {
  test('are pictures all the same', async () => {
    const iframe = document.createElement('iframe')
    document.body.append(iframe)
    try {
      const other = iframe.contentWindow as unknown as typeof globalThis
      const data = new other.Uint8ClampedArray(quarters(8, 4))
      const file = await encodePng(quarters(8, 4), 8, 4)
      expect(data).not.toBeInstanceOf(Uint8ClampedArray)
      const canvas = other.document.createElement('canvas')
      const foreign: unknown[] = [
        new other.ImageData(data as Uint8ClampedArray<ArrayBuffer>, 8, 4),
        { format: 'RGBA', width: 8, height: 4, planes: [{ data: new other.Uint8Array(data), stride: 32 }] },
        { format: 'RGBA', width: 8, height: 4, data: data.buffer },
        new other.VideoFrame(data, { format: 'RGBA', codedWidth: 8, codedHeight: 4, timestamp: 0 }),
        draw(new other.OffscreenCanvas(1, 1), quarters(8, 4), 8, 4),
        draw(canvas, quarters(8, 4), 8, 4),
        await other.createImageBitmap(quartersCanvas(8, 4)),
        new other.Blob([file], { type: 'image/png' }),
      ]
      for (const source of foreign) {
        const { image } = await translator.translate(source as ImageSource)
        expect(bytes(image)).toEqual([...quarters(8, 4)])
      }
    } finally {
      iframe.remove()
    }
  })
})

describe('what has no pixels is refused, and the next call works:', () => {
  const blob = (text: string, type: string): Blob => new Blob([text], { type })
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'
  const refused: [name: string, make: () => unknown, says: RegExp][] = [
    ['an undecodable file', () => blob('not a picture', 'image/png'), /13 bytes, "image\/png".*decode/],
    ['an empty file', () => blob('', ''), /Blob of 0 bytes is empty/],
    ['a drawing', () => blob(svg, 'image/svg+xml'), /canvas/],
    [
      'a broken <img>',
      () => Object.assign(new Image(), { src: 'data:image/png;base64,AAAA' }),
      /HTMLImageElement "data:image\/png/,
    ],
    ['an <img> without a file', () => new Image(), /HTMLImageElement/],
    ['a closed ImageBitmap', closedBitmap, /closed/],
    ['a canvas without width', () => new OffscreenCanvas(0, 4), /0x4/],
    ['a canvas without height', () => Object.assign(document.createElement('canvas'), { height: 0 }), /x0/],
    ['a canvas tainted by another origin', taintedCanvas, /another origin.*crossOrigin/],
    ['a canvas whose WebGL context is lost', lostCanvas, /lost its context/],
    ['a <div>', () => document.createElement('div'), /HTMLDivElement.*VideoFrame/],
  ]
  for (const [name, make, says] of refused) {
    test(name, async () => {
      const source = (await make()) as ImageSource
      await expect(translator.translate(source)).rejects.toMatchObject({
        code: 'IMAGE_INVALID',
        message: expect.stringMatching(says),
      })
      expect(await stillWorks(translator)).toBe(true)
      const { image } = await translator.translate(quartersCanvas(8, 8))
      expect(bytes(image)).toEqual([...quarters(8, 8)])
    })
  }
})

async function closedBitmap(): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(new ImageData(4, 4))
  bitmap.close()
  return bitmap
}

async function lostCanvas(): Promise<HTMLCanvasElement> {
  const canvas = drawWebGl(document.createElement('canvas'), quarters(4, 4), 4, 4)
  canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  await new Promise((resolve) => setTimeout(resolve, 50))
  return canvas
}
