import { pick, zipHigh, zipLow } from './portable'

// Rows of packed bytes to planes and back, 16 pixels at a time. Sources may be read up to one block behind the row (the caller keeps
// that memory readable); targets of unzip are scratch rows, padded to whole blocks; zip writes exactly n pixels.

@inline
function dwords02(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
}

@inline
function dwords13(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
}

@inline
function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

@inline
function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
}

@inline
function unzipRow(src: usize, n: i32, step: usize, group: v128, last: v128, d0: usize, d1: usize, d2: usize, d3: usize): void {
  const end = d0 + n
  while (d0 < end) {
    const a = pick(v128.load(src), group)
    const b = pick(v128.load(src + 4 * step), group)
    const c = pick(v128.load(src + 8 * step), group)
    const d = pick(v128.load(src + (step == 3 ? 32 : 48)), last)
    const ab = dwords02(a, b)
    const cd = dwords02(c, d)
    v128.store(d0, lowHalves(ab, cd))
    v128.store(d1, highHalves(ab, cd))
    const ef = dwords13(a, b)
    const gh = dwords13(c, d)
    v128.store(d2, lowHalves(ef, gh))
    if (step == 4) {
      v128.store(d3, highHalves(ef, gh))
      d3 += 16
    }
    src += 16 * step
    d0 += 16
    d1 += 16
    d2 += 16
  }
}

/** h rows of n pixels of 3 or 4 bytes to planes, one plane's rows (ds apart) after the other's. */
export function unzip(src: usize, ss: usize, n: i32, h: i32, step: i32, dst: usize, ds: usize): void {
  const plane = ds * h
  const four = i8x16(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
  const three = i8x16(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1)
  // The last group of three-byte pixels is read four bytes early.
  const threeLast = i8x16(4, 7, 10, 13, 5, 8, 11, 14, 6, 9, 12, 15, -1, -1, -1, -1)
  for (; h > 0; --h) {
    if (step == 4) unzipRow(src, n, 4, four, four, dst, dst + plane, dst + 2 * plane, dst + 3 * plane)
    else unzipRow(src, n, 3, three, threeLast, dst, dst + plane, dst + 2 * plane, 0)
    src += ss
    dst += ds
  }
}

/** n pairs of bytes to two planes, for rows of several lines. */
export function unzipPairs(src: usize, ss: usize, n: i32, h: i32, d0: usize, s0: usize, d1: usize, s1: usize): void {
  const body = n & ~15
  for (; h > 0; --h) {
    let i = 0
    for (; i < body; i += 16) {
      const a = v128.load(src + 2 * i)
      const b = v128.load(src + 2 * i, 16)
      v128.store(d0 + i, i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30))
      v128.store(d1 + i, i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))
    }
    for (; i < n; ++i) {
      store<u8>(d0 + i, load<u8>(src + 2 * i))
      store<u8>(d1 + i, load<u8>(src + 2 * i + 1))
    }
    src += ss
    d0 += s0
    d1 += s1
  }
}

/** Two planes to pairs of bytes, for rows of several lines. */
export function zipPairs(a: usize, sa: usize, b: usize, sb: usize, n: i32, h: i32, dst: usize, ds: usize): void {
  const body = n & ~15
  for (; h > 0; --h) {
    let i = 0
    for (; i < body; i += 16) {
      const x = v128.load(a + i)
      const y = v128.load(b + i)
      v128.store(dst + 2 * i, zipLow(x, y))
      v128.store(dst + 2 * i, zipHigh(x, y), 16)
    }
    for (; i < n; ++i) {
      store<u8>(dst + 2 * i, load<u8>(a + i))
      store<u8>(dst + 2 * i + 1, load<u8>(b + i))
    }
    a += sa
    b += sb
    dst += ds
  }
}

/**
 * Pixels of 3 or 4 bytes to pixels of 3 or 4 bytes, 16 at a time, h rows, width a multiple of 16. k: mask of the first three groups, mask
 * of the last group, and the bits to set (opaque alpha).
 */
export function repack(k: usize, src: usize, ss: usize, from: i32, dst: usize, ds: usize, to: i32, w: i32, h: i32): void {
  const group = v128.load(k)
  const last = v128.load(k, 16)
  const set = v128.load(k, 32)
  const lastAt: usize = from == 4 ? 48 : 32
  const from4 = <usize>from << 2
  for (; h > 0; --h) {
    let s = src
    let d = dst
    for (let i = 0; i < w; i += 16) {
      const a = v128.or(pick(v128.load(s), group), set)
      const b = v128.or(pick(v128.load(s + from4), group), set)
      const c = v128.or(pick(v128.load(s + 2 * from4), group), set)
      const e = v128.or(pick(v128.load(s + lastAt), last), set)
      if (to == 4) {
        v128.store(d, a)
        v128.store(d, b, 16)
        v128.store(d, c, 32)
        v128.store(d, e, 48)
        d += 64
      } else {
        v128.store(d, a)
        v128.store(d, b, 12)
        v128.store(d, c, 24)
        v128.store64_lane(d, e, 0, 36)
        v128.store32_lane(d, e, 2, 44)
        d += 48
      }
      s += from4 << 2
    }
    src += ss
    dst += ds
  }
}

/** Four pixels' worth of each plane to packed groups of 16 (step 4) or 12 (step 3) bytes, exactly n pixels. */
export function zip(s0: usize, s1: usize, s2: usize, s3: usize, n: i32, step: i32, dst: usize, bounce: usize): void {
  const drop = i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)
  let left = n
  while (left > 0) {
    const d = left < 16 ? bounce : dst
    const a = v128.load(s0)
    const b = v128.load(s1)
    const c = v128.load(s2)
    const e = v128.load(s3)
    const ab = zipLow(a, b)
    const ce = zipLow(c, e)
    const hab = zipHigh(a, b)
    const hce = zipHigh(c, e)
    const g0 = i8x16.shuffle(ab, ce, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
    const g1 = i8x16.shuffle(ab, ce, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
    const g2 = i8x16.shuffle(hab, hce, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
    const g3 = i8x16.shuffle(hab, hce, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
    if (step == 4) {
      v128.store(d, g0)
      v128.store(d, g1, 16)
      v128.store(d, g2, 32)
      v128.store(d, g3, 48)
    } else {
      v128.store(d, pick(g0, drop))
      v128.store(d, pick(g1, drop), 12)
      v128.store(d, pick(g2, drop), 24)
      const last = pick(g3, drop)
      v128.store64_lane(d, last, 0, 36)
      v128.store32_lane(d, last, 2, 44)
    }
    if (left < 16) memory.copy(dst, bounce, left * step)
    left -= 16
    s0 += 16
    s1 += 16
    s2 += 16
    s3 += 16
    dst += 16 * step
  }
}

/** Every byte twice; the target is a scratch row. */
export function twice(src: usize, n: i32, dst: usize): void {
  for (let i = 0; i < n; i += 16) {
    const x = v128.load(src + i)
    v128.store(dst + 2 * i, zipLow(x, x))
    v128.store(dst + 2 * i, zipHigh(x, x), 16)
  }
}

/** h rows of `bytes` bytes, with the last `unit` bytes repeated `repeat` times behind each row. */
export function copyRows(src: usize, ss: usize, dst: usize, ds: usize, bytes: i32, h: i32, unit: i32, repeat: i32): void {
  for (; h > 0; --h) {
    memory.copy(dst, src, bytes)
    const from = src + bytes - unit
    let to = dst + bytes
    for (let i = 0; i < repeat; ++i) {
      memory.copy(to, from, unit)
      to += unit
    }
    src += ss
    dst += ds
  }
}
