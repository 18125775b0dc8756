import { floorToByte, madd } from './portable'

// Rows of float32 values, four at a time. Sources are scratch rows or are followed by readable memory; exactly n values are written
// unless a target is said to be scratch (padded to 16 values).

/** The first `count` lanes (all from four on). */
@inline
export function storeHead(dst: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(dst, x)
    return
  }
  if (count & 2) {
    v128.store64_lane(dst, x, 0)
    if (count & 1) v128.store32_lane(dst, x, 2, 8)
  } else {
    v128.store32_lane(dst, x, 0)
  }
}

/** dst = byte * scale + bias. */
export function bytesToFloat(src: usize, n: i32, scale: f32, bias: f32, dst: usize): void {
  const s = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  const body = n & ~15
  let i = 0
  for (; i < body; i += 16) {
    const x = v128.load(src + i)
    const low = i16x8.extend_low_i8x16_u(x)
    const high = i16x8.extend_high_i8x16_u(x)
    const d = dst + (i << 2)
    v128.store(d, madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), s, b))
    v128.store(d, madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), s, b), 16)
    v128.store(d, madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), s, b), 32)
    v128.store(d, madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), s, b), 48)
  }
  for (; i < n; i += 4) {
    const x = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(src + i)))
    storeHead(dst + (i << 2), madd(f32x4.convert_i32x4_s(x), s, b), n - i)
  }
}

/** dst = floor(value * scale + bias) clamped to a byte, NaN to 0; the caller adds the rounding half to the bias. */
export function floatToBytes(src: usize, n: i32, scale: f32, bias: f32, dst: usize): void {
  const s = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  const body = n & ~15
  let i = 0
  for (; i < body; i += 16) {
    const p = src + (i << 2)
    const x0 = floorToByte(madd(v128.load(p), s, b))
    const x1 = floorToByte(madd(v128.load(p, 16), s, b))
    const x2 = floorToByte(madd(v128.load(p, 32), s, b))
    const x3 = floorToByte(madd(v128.load(p, 48), s, b))
    v128.store(dst + i, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3)))
  }
  for (; i < n; ++i) {
    const x = i16x8.narrow_i32x4_s(floorToByte(madd(v128.load32_splat(src + (i << 2)), s, b)), i64x2.splat(0))
    v128.store8_lane(dst + i, i8x16.narrow_i16x8_u(x, x), 0)
  }
}

/** dst = value * scale + bias, at least lo, at most hi; NaN becomes 0, an infinity black or white, so that no neighbour is spoilt by it. The target is scratch. */
export function denormalise(src: usize, n: i32, scale: f32, bias: f32, lo: f32, hi: f32, dst: usize): void {
  const low = f32x4.splat(lo)
  const high = f32x4.splat(hi)
  const s = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  const white = f32x4.splat(255)
  const infinity = f32x4.splat(Infinity)
  const zero = f32x4.splat(0)
  for (let i = 0; i < n; i += 4) {
    const x = madd(v128.load(src + (i << 2)), s, b)
    const edge = v128.and(f32x4.gt(x, zero), white)
    const finite = v128.bitselect(x, edge, f32x4.lt(f32x4.abs(x), infinity))
    v128.store(dst + (i << 2), f32x4.pmin(f32x4.pmax(finite, low), high))
  }
}

/** dst = value clamped to 0..255; the target is scratch. */
export function clampFloat(src: usize, n: i32, dst: usize): void {
  const low = f32x4.splat(0)
  const high = f32x4.splat(255)
  for (let i = 0; i < n; i += 4) v128.store(dst + (i << 2), f32x4.pmin(f32x4.pmax(v128.load(src + (i << 2)), low), high))
}

/** dst = clamp(k0 a + k1 b + k2 c + k3, k4, k5), k: six f32. */
export function mix(k: usize, a: usize, b: usize, c: usize, n: i32, dst: usize): void {
  const k0 = v128.load32_splat(k)
  const k1 = v128.load32_splat(k, 4)
  const k2 = v128.load32_splat(k, 8)
  const k3 = v128.load32_splat(k, 12)
  const lo = v128.load32_splat(k, 16)
  const hi = v128.load32_splat(k, 20)
  for (let i = 0; i < n; i += 4) {
    const o = i << 2
    const x = madd(v128.load(a + o), k0, madd(v128.load(b + o), k1, madd(v128.load(c + o), k2, k3)))
    storeHead(dst + o, f32x4.pmin(f32x4.pmax(x, lo), hi), n - i)
  }
}

@inline
function mixed(k: usize, a: v128, b: v128, c: v128): v128 {
  const x = madd(a, v128.load32_splat(k), madd(b, v128.load32_splat(k, 4), madd(c, v128.load32_splat(k, 8), v128.load32_splat(k, 12))))
  return f32x4.pmin(f32x4.pmax(x, v128.load32_splat(k, 16)), v128.load32_splat(k, 20))
}

/** Eight values of one channel: a coefficient that is loaded serves twice. */
@inline
function mixedTwice(k: usize, a: v128, b: v128, c: v128, e: v128, f: v128, g: v128, dst: usize): void {
  const k0 = v128.load32_splat(k)
  const k1 = v128.load32_splat(k, 4)
  const k2 = v128.load32_splat(k, 8)
  const k3 = v128.load32_splat(k, 12)
  const lo = v128.load32_splat(k, 16)
  const hi = v128.load32_splat(k, 20)
  const x = madd(a, k0, madd(b, k1, madd(c, k2, k3)))
  const y = madd(e, k0, madd(f, k1, madd(g, k2, k3)))
  v128.store(dst, f32x4.pmin(f32x4.pmax(x, lo), hi))
  v128.store(dst, f32x4.pmin(f32x4.pmax(y, lo), hi), 16)
}

/**
 * Three channels at once, `apart` bytes of coefficients and `ds` bytes of target apart, from three planes that are each the sum of two
 * weighed rows; terms: (u32 address, f32 weight) twice for each plane, 16 bytes a plane.
 */
export function mix3(k: usize, apart: usize, terms: usize, n: i32, dst: usize, ds: i32): void {
  const a0: usize = load<u32>(terms)
  const a1: usize = load<u32>(terms, 8)
  const b0: usize = load<u32>(terms, 16)
  const b1: usize = load<u32>(terms, 24)
  const c0: usize = load<u32>(terms, 32)
  const c1: usize = load<u32>(terms, 40)
  const wa0 = v128.load32_splat(terms, 4)
  const wa1 = v128.load32_splat(terms, 12)
  const wb0 = v128.load32_splat(terms, 20)
  const wb1 = v128.load32_splat(terms, 28)
  const wc0 = v128.load32_splat(terms, 36)
  const wc1 = v128.load32_splat(terms, 44)
  let i = 0
  for (const body = n & ~7; i < body; i += 8) {
    const o = i << 2
    const a = madd(v128.load(a0 + o), wa0, f32x4.mul(v128.load(a1 + o), wa1))
    const b = madd(v128.load(b0 + o), wb0, f32x4.mul(v128.load(b1 + o), wb1))
    const c = madd(v128.load(c0 + o), wc0, f32x4.mul(v128.load(c1 + o), wc1))
    const e = madd(v128.load(a0 + o, 16), wa0, f32x4.mul(v128.load(a1 + o, 16), wa1))
    const f = madd(v128.load(b0 + o, 16), wb0, f32x4.mul(v128.load(b1 + o, 16), wb1))
    const g = madd(v128.load(c0 + o, 16), wc0, f32x4.mul(v128.load(c1 + o, 16), wc1))
    const d = dst + o
    mixedTwice(k, a, b, c, e, f, g, d)
    mixedTwice(k + apart, a, b, c, e, f, g, d + ds)
    mixedTwice(k + 2 * apart, a, b, c, e, f, g, d + 2 * ds)
  }
  for (; i < n; i += 4) {
    const o = i << 2
    const a = madd(v128.load(a0 + o), wa0, f32x4.mul(v128.load(a1 + o), wa1))
    const b = madd(v128.load(b0 + o), wb0, f32x4.mul(v128.load(b1 + o), wb1))
    const c = madd(v128.load(c0 + o), wc0, f32x4.mul(v128.load(c1 + o), wc1))
    const d = dst + o
    const left = n - i
    storeHead(d, mixed(k, a, b, c), left)
    storeHead(d + ds, mixed(k + apart, a, b, c), left)
    storeHead(d + 2 * ds, mixed(k + 2 * apart, a, b, c), left)
  }
}

/** dst = sum of weight * row over `count` rows; table: (u32 address, f32 weight) pairs. The target is scratch. */
export function sumRows(table: usize, count: i32, n: i32, dst: usize): void {
  for (let i = 0; i < n; i += 4) {
    const o = i << 2
    let t = table
    let sum = f32x4.mul(v128.load(load<u32>(t) + o), v128.load32_splat(t, 4))
    for (let j = 1; j < count; ++j) {
      t += 8
      sum = madd(v128.load(load<u32>(t) + o), v128.load32_splat(t, 4), sum)
    }
    v128.store(dst + o, sum)
  }
}

/** Half as many bytes: floor of the mean of each 2 x 2 block of (a, b) plus `bias`; n is even, the target is scratch. */
export function halve(a: usize, b: usize, n: i32, bias: f32, dst: usize): void {
  const quarter = f32x4.splat(0.25)
  const offset = f32x4.splat(bias)
  for (let i = 0; i < n; i += 8) {
    const o = i << 2
    const left = f32x4.add(v128.load(a + o), v128.load(b + o))
    const right = f32x4.add(v128.load(a + o, 16), v128.load(b + o, 16))
    const even = i8x16.shuffle(left, right, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
    const odd = i8x16.shuffle(left, right, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    const x = floorToByte(madd(f32x4.add(even, odd), quarter, offset))
    const half = i16x8.narrow_i32x4_s(x, x)
    v128.store32_lane(dst + (i >> 1), i8x16.narrow_i16x8_u(half, half), 0)
  }
}

/** Half as many bytes: floor of every other value of `a` plus `bias`; the target is scratch. */
export function decimate(a: usize, n: i32, bias: f32, dst: usize): void {
  const offset = f32x4.splat(bias)
  for (let i = 0; i < n; i += 8) {
    const o = i << 2
    const even = i8x16.shuffle(v128.load(a + o), v128.load(a + o, 16), 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
    const x = floorToByte(f32x4.add(even, offset))
    const half = i16x8.narrow_i32x4_s(x, x)
    v128.store32_lane(dst + (i >> 1), i8x16.narrow_i16x8_u(half, half), 0)
  }
}

export function fillFloat(dst: usize, n: i32, value: f32): void {
  const x = f32x4.splat(value)
  for (let i = 0; i < n; i += 4) storeHead(dst + (i << 2), x, n - i)
}

/** Planes to interleaved values, exactly n pixels of 3 or 4. */
export function zipFloat(s0: usize, s1: usize, s2: usize, s3: usize, n: i32, step: i32, dst: usize): void {
  // Three-value pixels are stored as four, each overwritten by the next; the last ones go one by one.
  const body = step == 4 ? n - 3 : n - 4
  let i = 0
  for (; i < body; i += 4) {
    const o = i << 2
    const a = v128.load(s0 + o)
    const b = v128.load(s1 + o)
    const c = v128.load(s2 + o)
    const d = v128.load(s3 + o)
    const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const hab = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const hcd = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const p = dst + i * step * 4
    const wide = step << 2
    v128.store(p, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(p + wide, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    v128.store(p + 2 * wide, i8x16.shuffle(hab, hcd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(p + 3 * wide, i8x16.shuffle(hab, hcd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  }
  for (; i < n; ++i) {
    const o = i << 2
    const p = dst + i * step * 4
    store<f32>(p, load<f32>(s0 + o))
    store<f32>(p + 4, load<f32>(s1 + o))
    store<f32>(p + 8, load<f32>(s2 + o))
    if (step == 4) store<f32>(p + 12, load<f32>(s3 + o))
  }
}

/** Interleaved values (3 or 4 a pixel) to planes; the targets are scratch, four pixels are read at a time. */
export function unzipFloat(src: usize, n: i32, step: i32, d0: usize, d1: usize, d2: usize, d3: usize): void {
  const wide = step << 2
  for (let i = 0; i < n; i += 4) {
    const p = src + i * wide
    const a = v128.load(p)
    const b = v128.load(p + wide)
    const c = v128.load(p + 2 * wide)
    const d = v128.load(p + 3 * wide)
    const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    const hab = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const hcd = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    const o = i << 2
    v128.store(d0 + o, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    v128.store(d1 + o, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    v128.store(d2 + o, i8x16.shuffle(hab, hcd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
    if (step == 4) v128.store(d3 + o, i8x16.shuffle(hab, hcd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  }
}
