import { describe, expect, it } from 'vitest'
import {
  createImage,
  type I2iErrorCode,
  isI2iError,
  type PixelFormat,
  planeSizes,
  type RawImageInit,
  rawImage,
} from '../src/index.js'

const data = new Uint8Array(64)
const good = { format: 'RGB', width: 4, height: 4, data } as const

/** What `act` throws, as "CODE: message". */
function refusal(act: () => unknown, code: I2iErrorCode = 'IMAGE_INVALID'): string {
  try {
    act()
  } catch (error) {
    if (isI2iError(error, code)) return error.message
    throw error
  }
  return 'nothing was thrown'
}

describe('rawImage', () => {
  it('copies nothing and honours byteOffset', () => {
    const view = new Uint8Array(data.buffer, 5, 48)
    const image = rawImage({ ...good, data: view })
    expect(image.planes[0]?.data.buffer).toBe(data.buffer)
    expect(image.planes[0]?.data.byteOffset).toBe(5)
    const planes = [{ data: view, stride: 12 }]
    expect(rawImage({ format: 'RGB', width: 4, height: 4, planes }).planes[0]?.data).toBe(view)
  })

  it('takes the layout that VideoFrame.copyTo gives', () => {
    const layout = [
      { offset: 0, stride: 8 },
      { offset: 40, stride: 4 },
      { offset: 52, stride: 4 },
    ]
    const image = rawImage({ format: 'I420', width: 5, height: 5, data: data.buffer, layout })
    expect(image.planes.map((plane) => [plane.data.byteOffset, plane.stride])).toEqual([
      [0, 8],
      [40, 4],
      [52, 4],
    ])
  })

  it('lays planes tightly without one, chroma rounded up', () => {
    const image = rawImage({ format: 'NV12', width: 5, height: 3, data })
    expect(image.planes.map((plane) => [plane.data.byteOffset, plane.data.length, plane.stride])).toEqual([
      [0, 15, 5],
      [15, 12, 6],
    ])
  })

  it('takes a last row without its padding', () => {
    const planes = [{ data: data.subarray(0, 16 * 3 + 12), stride: 16 }]
    expect(rawImage({ format: 'RGB', width: 4, height: 4, planes }).height).toBe(4)
  })

  const wrong = <T>(value: unknown): T => value as T
  const mistakes: readonly (readonly [string, RawImageInit, RegExp])[] = [
    ['0x0', { ...good, width: 0, height: 0 }, /width is 0; .*1 to 32768/],
    ['half a pixel', { ...good, height: 1.5 }, /height is 1.5/],
    ['NaN', { ...good, width: Number.NaN }, /width is NaN/],
    ['a giant', { ...good, width: 32769 }, /32769/],
    ['a format', { ...good, format: wrong('YUY2') }, /YUY2 is unknown; use one of RGBA/],
    ['too few bytes', { ...good, data: data.subarray(0, 47) }, /47 bytes, needed are 48/],
    ['a stride below the row', { ...good, layout: [{ offset: 0, stride: 11 }] }, /stride is 11; a row has 12/],
    ['a fractional stride', { ...good, layout: [{ offset: 0, stride: 12.5 }] }, /stride is 12.5/],
    ['an offset before the data', { ...good, layout: [{ offset: -1, stride: 12 }] }, /offset is -1/],
    ['an offset near the end', { ...good, layout: [{ offset: 17, stride: 12 }] }, /47 bytes/],
    [
      'a layout for other planes',
      { ...good, format: 'I420', layout: [{ offset: 0, stride: 4 }] },
      /1 entries, I420 has 3/,
    ],
    [
      'one plane of three',
      { format: 'I420', width: 4, height: 4, planes: [{ data, stride: 4 }] },
      /3 plane\(s\), found 1/,
    ],
    ['no bytes', { ...good, data: wrong(new Float32Array(48)) }, /not bytes/],
    ['a plane of no bytes', { format: 'GRAY', width: 1, height: 1, planes: [wrong({ stride: 1 })] }, /not bytes/],
    [
      'an RGB matrix for YUV',
      { ...good, format: 'I420', colorSpace: { matrix: 'rgb' } },
      /I420 cannot have the matrix 'rgb'; name one of/,
    ],
    ['a YUV matrix for RGB', { ...good, colorSpace: { matrix: 'bt709' } }, /RGB cannot have the matrix 'bt709'/],
    ['limited RGB', { ...good, colorSpace: { fullRange: false } }, /RGB is full range/],
    ['limited GRAY', { ...good, format: 'GRAY', colorSpace: { fullRange: false } }, /GRAY is full-range luma/],
    ['a matrix nobody knows', { ...good, format: 'I420', colorSpace: { matrix: 'bt601' } }, /'bt601'/],
    [
      'a range that is no boolean',
      { ...good, format: 'I420', colorSpace: { fullRange: wrong('full') } },
      /fullRange is full/,
    ],
  ]
  it.each(mistakes)('refuses %s with the value and the remedy', (_, init, message) => {
    expect(refusal(() => rawImage(init))).toMatch(message)
  })

  it.each([undefined, null, 'photo.jpg'])('refuses %s, which describes no picture', (init) => {
    expect(refusal(() => rawImage(init as unknown as RawImageInit))).toMatch(`rawImage() got ${init}`)
  })

  it('refuses a detached buffer and says so', () => {
    const gone = new Uint8Array(48)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(refusal(() => rawImage({ ...good, data: gone }))).toMatch(/detached/)
  })
})

describe('colour space', () => {
  const space = (format: PixelFormat, width: number, height: number, colorSpace?: RawImageInit['colorSpace']) =>
    createImage(format, width, height, colorSpace).colorSpace

  it('of unlabelled YUV goes by size, marked assumed', () => {
    const small = { matrix: 'smpte170m', fullRange: false, assumed: true }
    const large = { matrix: 'bt709', fullRange: false, assumed: true }
    expect(space('I420', 1279, 576)).toEqual(small)
    expect(space('NV12', 1280, 2)).toEqual(large)
    expect(space('NV21', 2, 577)).toEqual(large)
  })

  it('said outright wins; what is left open follows the rule', () => {
    expect(space('I420', 4, 4, { matrix: 'bt709', fullRange: true })).toEqual({ matrix: 'bt709', fullRange: true })
    expect(space('I420', 4, 4, { matrix: null, fullRange: true })).toEqual({
      matrix: 'smpte170m',
      fullRange: true,
      assumed: true,
    })
    expect(space('I420', 4, 4, { matrix: 'bt2020-ncl' })).toEqual({
      matrix: 'bt2020-ncl',
      fullRange: false,
      assumed: true,
    })
  })

  it('takes what VideoColorSpace.toJSON() gives', () => {
    const json = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true }
    expect(space('RGBA', 4, 4, json)).toEqual(json)
    const silent = { primaries: null, transfer: null, matrix: null, fullRange: null }
    expect(space('BGR', 4, 4, silent)).toEqual({ matrix: 'rgb', fullRange: true })
  })

  it('of GRAY is full-range luma', () => {
    expect(space('GRAY', 4, 4)).toEqual({ matrix: 'smpte170m', fullRange: true })
    expect(space('GRAY', 4, 4, { matrix: 'bt709' })).toEqual({ matrix: 'bt709', fullRange: true })
  })
})

it('planeSizes gives row bytes and rows, chroma rounded up', () => {
  expect(planeSizes('I420', 5, 3)).toEqual([
    { rowBytes: 5, rows: 3 },
    { rowBytes: 3, rows: 2 },
    { rowBytes: 3, rows: 2 },
  ])
  expect(planeSizes('BGRA', 5, 3)).toEqual([{ rowBytes: 20, rows: 3 }])
})
