import { pick } from './portable'

// One row resampled along x. Tables (made once per plan) hold, for every target pixel, the first source pixel and the weights of the
// taps that follow it; byte weights are Q14, and so is what comes out: the weights of the rows bring it back to scale.

/**
 * Bytes to float32, four targets at a time: a 16-byte window holds the sources of all four, a swizzle spreads them as pairs of
 * neighbouring taps, a dot product weighs them. Group: i32 first byte, 12 free, mask of the first pair, then `pairs` weight vectors.
 */
export function gatherBytes(src: usize, table: usize, groups: i32, pairs: i32, dst: usize): void {
  if (pairs == 1) {
    for (let i = 0; i < groups; ++i) {
      const x = pick(v128.load(src + load<i32>(table)), v128.load(table, 16))
      v128.store(dst, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(x, v128.load(table, 32))))
      table += 48
      dst += 16
    }
    return
  }
  for (let i = 0; i < groups; ++i) {
    let s = src + load<i32>(table)
    const mask = v128.load(table, 16)
    table += 32
    let sum = i64x2.splat(0)
    for (let j = 0; j < pairs; ++j) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(pick(v128.load(s), mask), v128.load(table)))
      s += 2
      table += 16
    }
    v128.store(dst, f32x4.convert_i32x4_s(sum))
    dst += 16
  }
}

/** gatherBytes where it takes a window for each half of four targets. Group: i32 first bytes, 8 free, a mask for each window, `pairs` weight vectors. */
export function gatherTwice(src: usize, table: usize, groups: i32, pairs: i32, dst: usize): void {
  for (let i = 0; i < groups; ++i) {
    let a = src + load<i32>(table)
    let b = src + load<i32>(table, 4)
    const maskA = v128.load(table, 16)
    const maskB = v128.load(table, 32)
    table += 48
    let sum = i64x2.splat(0)
    for (let j = 0; j < pairs; ++j) {
      const x = v128.or(pick(v128.load(a), maskA), pick(v128.load(b), maskB))
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(x, v128.load(table)))
      a += 2
      b += 2
      table += 16
    }
    v128.store(dst, f32x4.convert_i32x4_s(sum))
    dst += 16
  }
}

/** Bytes to float32 where not even two targets fit a window: one target at a time, eight taps a step. Entry: i32 first byte, 12 free, then `steps` weight vectors. */
export function gatherWide(src: usize, table: usize, n: i32, steps: i32, dst: usize): void {
  for (let i = 0; i < n; ++i) {
    let s = src + load<i32>(table)
    table += 16
    let sum = i64x2.splat(0)
    for (let j = 0; j < steps; ++j) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_u(s), v128.load(table)))
      s += 8
      table += 16
    }
    sum = i32x4.add(sum, i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
    const total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1)
    store<f32>(dst, <f32>total)
    dst += 4
  }
}

/** float32 to float32. Entry: i32 first value, i32 tap count, f32 weights (`stride` bytes an entry). */
export function gatherFloat(src: usize, table: usize, n: i32, stride: usize, dst: usize): void {
  for (let i = 0; i < n; ++i) {
    const s = src + (<usize>load<u32>(table) << 2)
    const taps = load<i32>(table, 4)
    let sum: f32 = 0
    for (let j = 0; j < taps; ++j) sum += load<f32>(s + (j << 2)) * load<f32>(table + (j << 2), 8)
    store<f32>(dst, sum)
    table += stride
    dst += 4
  }
}

// Kernels of a rotation, as the descriptor names them.
const NEAREST = 0
const BILINEAR = 1

@inline
function at<T>(src: usize, stride: i32, x: i32, y: i32, x0: i32, y0: i32, x1: i32, y1: i32): f64 {
  const cx = min(x1 - 1, max(x0, x))
  const cy = min(y1 - 1, max(y0, y))
  return <f64>load<T>(src + cy * stride + cx * sizeof<T>())
}

/** Keys' cubic with a = -0.75. */
@inline
function cubic(x: f64): f64 {
  const t = abs(x)
  if (t < 1) return (1.25 * t - 2.25) * t * t + 1
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * -0.75
  return 0
}

/**
 * One target row under any affine map. k: f64 a b c d e f (target to picture), ratio and shiftX (picture to plane: x * ratio + shiftX),
 * f64 limits x0 y0 x1 y1 that the picture point is clamped to, then i32 bounds x0 y0 x1 y1 of the plane, i32 kernel.
 */
export function affineRow<T>(src: usize, stride: i32, k: usize, row: i32, n: i32, dst: usize): void {
  const ratio = load<f64>(k, 48)
  const x0 = load<i32>(k, 96)
  const y0 = load<i32>(k, 100)
  const x1 = load<i32>(k, 104)
  const y1 = load<i32>(k, 108)
  const kernel = load<i32>(k, 112)
  const ty = <f64>row + 0.5
  for (let i = 0; i < n; ++i) {
    const tx = <f64>i + 0.5
    const px = load<f64>(k, 0) * tx + load<f64>(k, 8) * ty + load<f64>(k, 16)
    const py = load<f64>(k, 24) * tx + load<f64>(k, 32) * ty + load<f64>(k, 40)
    const sx = min(load<f64>(k, 80), max(load<f64>(k, 64), px)) * ratio + load<f64>(k, 56)
    const sy = min(load<f64>(k, 88), max(load<f64>(k, 72), py)) * ratio
    let value: f64 = 0
    if (kernel == NEAREST) {
      value = at<T>(src, stride, <i32>Math.floor(sx), <i32>Math.floor(sy), x0, y0, x1, y1)
    } else {
      const fx = Math.floor(sx - 0.5)
      const fy = Math.floor(sy - 0.5)
      const rx = sx - 0.5 - fx
      const ry = sy - 0.5 - fy
      const ix = <i32>fx
      const iy = <i32>fy
      if (kernel == BILINEAR) {
        const top = at<T>(src, stride, ix, iy, x0, y0, x1, y1) * (1 - rx) + at<T>(src, stride, ix + 1, iy, x0, y0, x1, y1) * rx
        const bottom = at<T>(src, stride, ix, iy + 1, x0, y0, x1, y1) * (1 - rx) + at<T>(src, stride, ix + 1, iy + 1, x0, y0, x1, y1) * rx
        value = top * (1 - ry) + bottom * ry
      } else {
        for (let j = -1; j < 3; ++j) {
          let sum: f64 = 0
          for (let l = -1; l < 3; ++l) sum += at<T>(src, stride, ix + l, iy + j, x0, y0, x1, y1) * cubic(rx - <f64>l)
          value += sum * cubic(ry - <f64>j)
        }
      }
    }
    store<f32>(dst + (i << 2), <f32>value)
  }
}
