import { zipHigh16, zipLow, zipLow16 } from './portable'

// The fourth byte of packed pixels of four, apart from the other three. Exactly n pixels of a row are read and written.

/** Whether the alpha of h rows of n pixels is 255 throughout. */
export function isOpaque(src: usize, ss: usize, n: i32, h: i32): bool {
  const body = n & ~15
  const colour = i32x4.splat(0x00ffffff)
  for (; h > 0; --h) {
    let i = 0
    let all = i32x4.splat(-1)
    for (; i < body; i += 16) {
      const s = src + (i << 2)
      const left = v128.and(v128.load(s), v128.load(s, 16))
      all = v128.and(all, v128.and(left, v128.and(v128.load(s, 32), v128.load(s, 48))))
    }
    for (; i < n; ++i) all = v128.and(all, v128.load32_splat(src + (i << 2)))
    if (!i32x4.all_true(i32x4.eq(v128.or(all, colour), i32x4.splat(-1)))) return false
    src += ss
  }
  return true
}

/** The alpha of h rows of n pixels from that of pixels of four bytes. */
export function copyAlpha(src: usize, ss: usize, n: i32, h: i32, dst: usize, ds: usize): void {
  const body = n & ~3
  const colour = i32x4.splat(0x00ffffff)
  for (; h > 0; --h) {
    let i = 0
    for (; i < body; i += 4) {
      const d = dst + (i << 2)
      v128.store(d, v128.bitselect(v128.load(d), v128.load(src + (i << 2)), colour))
    }
    for (; i < n; ++i) store<u8>(dst + (i << 2), load<u8>(src + (i << 2), 3), 3)
    src += ss
    dst += ds
  }
}

/** The alpha of h rows of n pixels from a plane of bytes. */
export function setAlpha(src: usize, ss: usize, n: i32, h: i32, dst: usize, ds: usize): void {
  const body = n & ~15
  const zero = i64x2.splat(0)
  const colour = i32x4.splat(0x00ffffff)
  for (; h > 0; --h) {
    let i = 0
    for (; i < body; i += 16) {
      const d = dst + (i << 2)
      const low = zipLow(zero, v128.load64_zero(src + i))
      const high = zipLow(zero, v128.load64_zero(src + i, 8))
      v128.store(d, v128.bitselect(v128.load(d), zipLow16(zero, low), colour))
      v128.store(d, v128.bitselect(v128.load(d, 16), zipHigh16(zero, low), colour), 16)
      v128.store(d, v128.bitselect(v128.load(d, 32), zipLow16(zero, high), colour), 32)
      v128.store(d, v128.bitselect(v128.load(d, 48), zipHigh16(zero, high), colour), 48)
    }
    for (; i < n; ++i) store<u8>(dst + (i << 2), load<u8>(src + i), 3)
    src += ss
    dst += ds
  }
}
