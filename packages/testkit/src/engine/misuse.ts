import { type I2iErrorCode, isI2iError, rawImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenEngine, TestedEngine } from './bounds.js'
import { pictureOf, tightPixels } from './pictures.js'

/** What a caller may get wrong, and the code that answers it. Values of wrong types come from callers without TypeScript. */
function mistakes(engine: TestedEngine): readonly (readonly [name: string, code: I2iErrorCode, act: () => unknown])[] {
  const image = pictureOf('RGB', 4, 4, Array(48).fill(9))
  const tensor = { width: 4, height: 4, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
  const data = new Float32Array(48)
  const bytes = new Uint8Array(4096)
  const at = (start: number, format: 'RGB' | 'RGBA' = 'RGB') =>
    rawImage({ format, width: 4, height: 4, data: bytes.subarray(start) })
  const wrong = <T>(value: unknown): T => value as T
  const detached = pictureOf('RGB', 4, 4, Array(48).fill(9))
  structuredClone(detached.planes[0]!.data.buffer, { transfer: [detached.planes[0]!.data.buffer as ArrayBuffer] })
  const freed = engine.allocate('RGB', 4, 4)
  freed[Symbol.dispose]()
  const short = { ...image, planes: [{ data: new Uint8Array(47), stride: 12 }] }
  return [
    ['no image', 'IMAGE_INVALID', () => engine.convert(wrong(undefined), { format: 'RGB' })],
    ['a size of zero', 'IMAGE_INVALID', () => engine.convert({ ...image, width: 0 }, { format: 'RGBA' })],
    ['a short plane', 'IMAGE_INVALID', () => engine.pack(short, tensor)],
    [
      'a stride below the row',
      'IMAGE_INVALID',
      () => engine.pack({ ...image, planes: [{ ...image.planes[0]!, stride: 11 }] }, tensor),
    ],
    ['a detached buffer', 'IMAGE_INVALID', () => engine.pack(detached, tensor)],
    ['a freed frame', 'DISPOSED', () => engine.convert(freed, { format: 'RGBA' })],
    ['a freed target', 'DISPOSED', () => engine.convert(image, { format: 'RGB' }, freed)],
    ['source and target overlap', 'IMAGE_INVALID', () => engine.convert(at(0), { format: 'RGB' }, at(47))],
    ['target before source overlaps', 'IMAGE_INVALID', () => engine.convert(at(60), { format: 'RGBA' }, at(0, 'RGBA'))],
    [
      'planes of a target overlap',
      'IMAGE_INVALID',
      () =>
        engine.convert(
          image,
          { format: 'I420' },
          rawImage({
            format: 'I420',
            width: 4,
            height: 4,
            planes: [0, 16, 18].map((start, i) => ({ data: bytes.subarray(start), stride: i === 0 ? 4 : 2 })),
          }),
        ),
    ],
    ['an image without a colour space', 'IMAGE_INVALID', () => engine.pack({ ...image, format: 'GRAY' }, tensor)],
    [
      'an image of a matrix that nobody knows',
      'IMAGE_INVALID',
      () => engine.pack({ ...image, format: 'GRAY', colorSpace: { matrix: wrong('bt601'), fullRange: true } }, tensor),
    ],
    ['an unknown format', 'OPTION_INVALID', () => engine.convert(image, { format: wrong('YUY2') })],
    [
      'an RGB matrix for YUV',
      'OPTION_INVALID',
      () => engine.convert(image, { format: 'I420', colorSpace: { matrix: 'rgb' } }),
    ],
    [
      'limited range for RGB',
      'OPTION_INVALID',
      () => engine.convert(image, { format: 'BGR', colorSpace: { fullRange: false } }),
    ],
    [
      'an unknown chroma option',
      'OPTION_INVALID',
      () => engine.convert(image, { format: 'I420', chroma: { down: wrong('left') } }),
    ],
    [
      'a target of another format',
      'OPTION_INVALID',
      () => engine.convert(image, { format: 'BGR' }, pictureOf('RGB', 4, 4, Array(48).fill(0))),
    ],
    [
      'a target of another size',
      'SHAPE_MISMATCH',
      () => engine.convert(image, { format: 'RGB' }, pictureOf('RGB', 4, 3, Array(36).fill(0))),
    ],
    ['an unknown layout', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, layout: wrong('CHWN') })],
    ['an unknown number type', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, dtype: wrong('int8') })],
    ['a tensor of zero width', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, width: 0 })],
    ['too few means', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, mean: [0.5] })],
    ['a std of zero', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, std: [1, 0, 1] })],
    ['a mean for uint8', 'OPTION_INVALID', () => engine.pack(image, { ...tensor, dtype: 'uint8', mean: [0, 0, 0] })],
    ['an unknown kernel', 'OPTION_INVALID', () => engine.pack(image, tensor, { kernel: wrong('lanczos') })],
    ['an unknown fit', 'OPTION_INVALID', () => engine.pack(image, tensor, { fit: wrong('fill') })],
    [
      'a crop beyond the image',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { crop: { x: 2, y: 0, width: 3, height: 1 } }),
    ],
    ['no crop', 'OPTION_INVALID', () => engine.pack(image, tensor, { crop: wrong(null) })],
    [
      'an empty crop',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { crop: { x: 0, y: 0, width: 0, height: 1 } }),
    ],
    [
      'a crop that is no number',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { crop: { x: Number.NaN, y: 0, width: 1, height: 1 } }),
    ],
    [
      'area with a rotation',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { kernel: 'area', affine: [0.8, -0.6, 0, 0.6, 0.8, 0] }),
    ],
    [
      'antialias with a rotation',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { antialias: true, affine: [0.8, -0.6, 0, 0.6, 0.8, 0] }),
    ],
    [
      'an affine of five numbers',
      'OPTION_INVALID',
      () => engine.pack(image, tensor, { affine: wrong([1, 0, 0, 0, 1]) }),
    ],
    ['a pad beyond white', 'OPTION_INVALID', () => engine.pack(image, tensor, { fit: 'contain', pad: [0, 0, 256] })],
    ['a pad of two numbers', 'OPTION_INVALID', () => engine.pack(image, tensor, { fit: 'contain', pad: [0, 0] })],
    ['a tensor of the wrong array', 'OPTION_INVALID', () => engine.pack(image, tensor, {}, new Uint8Array(48))],
    ['a tensor of the wrong length', 'SHAPE_MISMATCH', () => engine.pack(image, tensor, {}, new Float32Array(47))],
    [
      'numbers of the wrong array',
      'OPTION_INVALID',
      () => engine.unpack(new Int32Array(48), tensor, { format: 'RGB' }),
    ],
    ['numbers of the wrong length', 'SHAPE_MISMATCH', () => engine.unpack(data.subarray(1), tensor, { format: 'RGB' })],
    [
      'a singular transform',
      'OPTION_INVALID',
      () => engine.unpack(data, tensor, { format: 'RGB', transform: [1, 1, 0, 1, 1, 0] }),
    ],
    ['a result of zero height', 'OPTION_INVALID', () => engine.unpack(data, tensor, { format: 'RGB', height: 0 })],
    [
      'a tensor inside its own target',
      'IMAGE_INVALID',
      () => engine.unpack(bytes.subarray(0, 48), { ...tensor, dtype: 'uint8' }, { format: 'RGB' }, at(40)),
    ],
  ]
}

/** Bad input gets an error with code and remedy, and the next call is fine. `exclude` names mistakes that cannot be made, and says why. */
export function misuse(open: OpenEngine, exclude: Readonly<Record<string, string>>): void {
  describe('bad input', () => {
    let engine: TestedEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(() => engine[Symbol.dispose]())

    it('is refused with code and remedy, and harms no later call', async () => {
      const all = mistakes(engine)
      // An exclusion that excludes nothing hides a mistake that came back.
      const names = all.map(([name]) => name)
      expect(Object.keys(exclude).filter((name) => !names.includes(name))).toEqual([])
      for (const [name, code, act] of all) {
        if (name in exclude) continue
        let thrown: unknown
        try {
          await act()
        } catch (error) {
          thrown = error
        }
        expect(isI2iError(thrown, code), `${name}: ${String(thrown)}`).toBe(true)
        // A message says what is wrong; what to do follows a semicolon or a colon.
        expect(String(thrown), name).toMatch(/[;:] ?.+\.$/)
        const fine = await engine.convert(pictureOf('RGB', 1, 1, [1, 2, 3]), { format: 'BGR' })
        expect([...tightPixels(fine)], `after ${name}`).toEqual([3, 2, 1])
      }
    })

    it('lets two halves of one canvas be source and target', async () => {
      const canvas = Uint8Array.from({ length: 6 * 4 }, (_, i) => i)
      const left = rawImage({ format: 'RGB', width: 1, height: 4, planes: [{ data: canvas, stride: 6 }] })
      const right = rawImage({ format: 'BGR', width: 1, height: 4, planes: [{ data: canvas.subarray(3), stride: 6 }] })
      await engine.convert(left, { format: 'BGR' }, right)
      expect([...canvas.subarray(0, 6)]).toEqual([0, 1, 2, 2, 1, 0])
      expect([...canvas.subarray(18)]).toEqual([18, 19, 20, 20, 19, 18])
    })

    it('refuses every call after dispose, and frames that it had lent', async () => {
      const other = await open()
      const frame = other.allocate('GRAY', 2, 2)
      other[Symbol.dispose]()
      other[Symbol.dispose]()
      const image = pictureOf('RGB', 1, 1, [1, 2, 3])
      const tensor = { width: 1, height: 1, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
      const calls = [
        () => other.convert(image, { format: 'BGR' }),
        () => other.pack(image, tensor),
        () => other.unpack(new Float32Array(3), tensor, { format: 'RGB' }),
        () => other.allocate('RGB', 1, 1),
      ]
      // Another engine knows the frame for a freed one too.
      calls.push(() => engine.convert(frame, { format: 'RGB' }))
      const refusal = expect.objectContaining({ code: 'DISPOSED' })
      for (const call of calls) await expect(async () => await call()).rejects.toEqual(refusal)
    })
  })
}
