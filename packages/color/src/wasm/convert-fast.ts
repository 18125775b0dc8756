import { rgbRows, yuvRows } from '../color-map.js'
import { colorFamily, sameColorSpace, type YuvCoefficients, yuvCoefficients } from '../color-space.js'
import { chromaLayout, packedLayouts, planeSizes } from '../image.js'
import type { ConvertOptions, RawImage } from '../types.js'
import { lanesOf, runBlocks } from './fast.js'
import { place } from './sink.js'
import { stageRows, type Workspace } from './workspace.js'

/** Bytes of the coefficient block that every engine keeps for its block kernels. */
export const coefficientBytes = 128

const oddThenEven = [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14]
const evenThenOdd = [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]
const firstHalfFirst = [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15]
const secondHalfFirst = [8, 0, 9, 1, 10, 2, 11, 3, 12, 4, 13, 5, 14, 6, 15, 7]
// Pixels from which on writing one long run is worth more than working chroma out once for two rows: measured, the two are even at
// 1080p, and at 4K one row at a time takes a fifth less.
const mostPaired = 2 ** 22

/** A mask index that gives 0. */
export const none = 0x80

/** Four pixels of four bytes to four of three. */
export const dropMask: readonly number[] = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, none, none, none, none]

/** Four pixels of three bytes to four of four, read `early` bytes before the first. */
export function spreadMask(early: number): readonly number[] {
  return [0, 1, 2, 3].flatMap((pixel) => [0, 1, 2].map((i) => pixel * 3 + i + early).concat(none))
}

function packedOf(image: RawImage): (typeof packedLayouts)[keyof typeof packedLayouts] {
  return packedLayouts[image.format as keyof typeof packedLayouts]
}

/** Whether red is the first stored channel. */
function redFirst(image: RawImage): boolean {
  return packedOf(image).r === 0
}

/** The mask that parts interleaved chroma into V then U (red first) or U then V. */
export function chromaMask(format: RawImage['format'], vFirst: boolean): readonly number[] {
  return (format === 'NV12') === vFirst ? oddThenEven : evenThenOdd
}

/** The convert kernels that exist for a pair; returns whether one of them did the work. */
export function convertBlocks(
  space: Workspace,
  k: number,
  image: RawImage,
  target: RawImage,
  chroma: ConvertOptions['chroma'],
): boolean {
  const [from, onto] = [colorFamily(image.format), colorFamily(target.format)]
  const same = sameColorSpace(image.colorSpace, target.colorSpace)
  if (image.format === target.format && same) return copyPlanes(image, target)
  if (from === 'rgb' && onto === 'rgb') return repack(space, k, image, target)
  if (!sharedChromaStride(image) || !sharedChromaStride(target)) return false
  if (from === 'yuv' && onto === 'yuv' && same) return moveChroma(space, image, target)
  if (from === 'yuv' && onto === 'rgb' && chroma?.up !== 'linear') return yuvToPacked(space, k, image, target)
  if (from === 'rgb' && onto === 'yuv' && chroma?.down !== 'cosited') return packedToYuv(space, k, image, target)
  return false
}

/** The kernels walk U and V with one stride. */
export function sharedChromaStride({ planes }: RawImage): boolean {
  const [, u, v] = planes
  return v === undefined || u?.stride === v.stride
}

function copyPlanes(image: RawImage, target: RawImage): true {
  planeSizes(image.format, image.width, image.height).forEach(({ rowBytes, rows }, index) => {
    const [from, to] = [image.planes[index]!, target.planes[index]!]
    if (from.stride === to.stride && from.stride === rowBytes) {
      to.data.set(from.data.subarray(0, rowBytes * rows))
      return
    }
    for (let y = 0; y < rows; y++) {
      to.data.set(from.data.subarray(y * from.stride, y * from.stride + rowBytes), y * to.stride)
    }
  })
  return true
}

function repack(space: Workspace, k: number, image: RawImage, target: RawImage): true {
  const [from, to] = [packedOf(image), packedOf(target)]
  const { bytes } = space.arena
  const opaque = to.a !== undefined && from.a === undefined
  const mask = (shift: number): void => {
    for (let pixel = 0; pixel < 4; pixel++) {
      const at = k + shift * 16 + pixel * to.bytes
      const early = shift === 1 && from.bytes === 3 ? 4 : 0
      for (const channel of ['r', 'g', 'b', 'a'] as const) {
        const [s, d] = [from[channel], to[channel]]
        if (d !== undefined) bytes[at + d] = s === undefined ? none : pixel * from.bytes + s + early
      }
    }
    if (to.bytes === 3) bytes.fill(none, k + shift * 16 + 12, k + shift * 16 + 16)
  }
  mask(0)
  mask(1)
  for (let i = 0; i < 16; i++) bytes[k + 32 + i] = opaque && i % 4 === to.a ? 255 : 0
  runBlocks(space, lanesOf(image), lanesOf(target), image.width, image.height, ([source], [sink], w, h) => {
    space.kernels.repack(k, source!.address, source!.stride, from.bytes, sink!.address, sink!.stride, to.bytes, w, h)
  })
  return true
}

/** I420, NV12 and NV21 among themselves, within one colour space. */
function moveChroma(space: Workspace, image: RawImage, target: RawImage): true {
  const { kernels } = space
  const [w, h] = [(image.width + 1) >> 1, (image.height + 1) >> 1]
  const gray = (picture: RawImage): RawImage => ({ ...picture, format: 'GRAY', planes: picture.planes.slice(0, 1) })
  copyPlanes(gray(image), gray(target))
  const [s, t] = [chromaLayout(image.format)!, chromaLayout(target.format)!]
  const strip = Math.max(1, Math.floor(65536 / (w * 4)))
  space.begin(strip * w * 12 + 1024)
  for (let y = 0; y < h; y += strip) {
    space.rewind()
    const rows = Math.min(strip, h - y)
    const from = image.planes.slice(1).map((plane) => stageRows(space, plane, 0, w * s.u.step, y, y + rows))
    const to = target.planes.slice(1).map((plane) => place(space, plane, w * t.u.step, y, rows))
    const [a, b] = [from[0]!, from[1]]
    const [c, d] = [to[0]!, to[1]]
    if (b === undefined && d === undefined) {
      // NV12 and NV21: parted and put together the other way round.
      const parts = [space.room(w * rows), space.room(w * rows)] as const
      kernels.unzipPairs(a.address, a.stride, w, rows, parts[0], w, parts[1], w)
      kernels.zipPairs(parts[1], w, parts[0], w, w, rows, c.address, c.stride)
    } else if (d !== undefined) {
      const [u, v] = s.u.offset === 0 ? [c, d] : [d, c]
      kernels.unzipPairs(a.address, a.stride, w, rows, u.address, u.stride, v.address, v.stride)
    } else if (b !== undefined) {
      const [u, v] = t.u.offset === 0 ? [a, b] : [b, a]
      kernels.zipPairs(u.address, u.stride, v.address, v.stride, w, rows, c.address, c.stride)
    }
    for (const { done } of to) done()
  }
  return true
}

function yuvToPacked(space: Workspace, k: number, image: RawImage, target: RawImage): true {
  const c = yuvCoefficients(image.colorSpace)
  const [r, g, b] = rgbRows({ family: 'yuv', k: c })
  const red = redFirst(target)
  const view = new DataView(space.arena.memory.buffer, k, coefficientBytes)
  const [c0, c2] = red ? [r[2], b[1]] : [b[1], r[2]]
  const [p, q] = red ? [g[2], g[1]] : [g[1], g[2]]
  ;[c.a * 16384, c0 * 8192, p * 8192, q * 8192, c2 * 8192, 32 - c.a * c.o * 64, -32768].forEach((value, i) => {
    view.setInt16(i * 2, Math.round(value), true)
  })
  space.arena.bytes.set(dropMask, k + 16)
  space.arena.bytes.set(chromaMask(image.format, red), k + 32)
  const four = packedOf(target).bytes === 4
  const planar = image.format === 'I420'
  runBlocks(space, lanesOf(image), lanesOf(target), image.width, image.height, ([y, u, v = u], [sink], w, h) => {
    const [first, second] = red && planar ? [v!, u!] : [u!, v!]
    space.kernels.yuvToPacked(
      k,
      y!.address,
      y!.stride,
      first.address,
      second.address,
      u!.stride,
      sink!.address,
      sink!.stride,
      w,
      h,
      planar,
      four,
      w * h <= mostPaired,
    )
  })
  return true
}

/** Q15 numbers whose sum is the rounded sum of the exact ones, so that greys are hit. */
function fixedSum(values: readonly number[]): number[] {
  const fixed = values.map((value) => Math.round(value * 32768))
  const rest =
    Math.round(values.reduce((sum, value) => sum + value, 0) * 32768) - fixed.reduce((sum, value) => sum + value, 0)
  const largest = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]!) ? i : best), 0)
  fixed[largest]! += rest
  return fixed
}

function packedToYuv(space: Workspace, k: number, image: RawImage, target: RawImage): true {
  const c: YuvCoefficients = yuvCoefficients(target.colorSpace)
  const layout = packedOf(image)
  const red = redFirst(image)
  const view = new DataView(space.arena.memory.buffer, k, coefficientBytes)
  yuvRows(rgbRows({ family: 'rgb' }), c).forEach((row, i) => {
    const [r, g, b] = fixedSum([row[0], row[1], row[2]])
    const pairs = red ? [r!, b!, g!, 0] : [b!, r!, g!, 0]
    pairs.forEach((value, j) => {
      view.setInt16(i * 8 + j * 2, value, true)
    })
  })
  view.setInt32(24, c.o * 32768 + 16384, true)
  view.setInt32(28, 128 * 131072 + 65536, true)
  space.arena.bytes.set(spreadMask(0), k + 32)
  space.arena.bytes.set(spreadMask(4), k + 48)
  space.arena.bytes.set(target.format === 'NV21' ? secondHalfFirst : firstHalfFirst, k + 64)
  const planar = target.format === 'I420'
  runBlocks(space, lanesOf(image), lanesOf(target), image.width, image.height, ([source], [y, u, v = u], w, h) => {
    space.kernels.packedToYuv(
      k,
      source!.address,
      source!.stride,
      y!.address,
      y!.stride,
      u!.address,
      v!.address,
      u!.stride,
      w,
      h,
      layout.bytes === 4,
      planar,
    )
  })
  return true
}
