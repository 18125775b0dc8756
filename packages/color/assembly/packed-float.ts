import { floorToByte, madd, pick, zipHigh, zipHigh16, zipLow, zipLow16 } from './portable'

// Packed bytes to normalised planes and back, without resampling. Channel order is the order of the plane addresses; per plane
// value = byte * scale + bias (or the other way round, with the rounding half in the bias), both as f32 at k, 8 bytes a plane.

@inline
function plane(dst: usize, bytes: v128, k: usize): void {
  v128.store(dst, madd(f32x4.convert_i32x4_s(bytes), v128.load32_splat(k), v128.load32_splat(k, 4)))
}

@inline
function four(k: usize, x: v128, d0: usize, d1: usize, d2: usize): void {
  const low = i32x4.splat(255)
  plane(d0, v128.and(x, low), k)
  plane(d1, v128.and(i32x4.shr_u(x, 8), low), k + 8)
  plane(d2, v128.and(i32x4.shr_u(x, 16), low), k + 16)
}

/** Packed pixels of 3 or 4 bytes to three float32 planes, for a width that is a multiple of 16; alpha is dropped. At k + 32 and k + 48 the masks that spread three-byte pixels. */
export function packedToFloat(k: usize, src: usize, ss: usize, step: i32, d0: usize, d1: usize, d2: usize, ds: usize, w: i32, h: i32): void {
  const spread = v128.load(k, 32)
  const spreadLast = v128.load(k, 48)
  for (; h > 0; --h) {
    let s = src
    let o: usize = 0
    const end = <usize>w << 2
    while (o < end) {
      if (step == 4) {
        four(k, v128.load(s), d0 + o, d1 + o, d2 + o)
        four(k, v128.load(s, 16), d0 + o + 16, d1 + o + 16, d2 + o + 16)
        four(k, v128.load(s, 32), d0 + o + 32, d1 + o + 32, d2 + o + 32)
        four(k, v128.load(s, 48), d0 + o + 48, d1 + o + 48, d2 + o + 48)
        s += 64
      } else {
        four(k, pick(v128.load(s), spread), d0 + o, d1 + o, d2 + o)
        four(k, pick(v128.load(s, 12), spread), d0 + o + 16, d1 + o + 16, d2 + o + 16)
        four(k, pick(v128.load(s, 24), spread), d0 + o + 32, d1 + o + 32, d2 + o + 32)
        four(k, pick(v128.load(s, 32), spreadLast), d0 + o + 48, d1 + o + 48, d2 + o + 48)
        s += 48
      }
      o += 64
    }
    src += ss
    d0 += ds
    d1 += ds
    d2 += ds
  }
}

@inline
function bytes16(s: usize, scale: v128, bias: v128): v128 {
  const a = floorToByte(madd(v128.load(s), scale, bias))
  const b = floorToByte(madd(v128.load(s, 16), scale, bias))
  const c = floorToByte(madd(v128.load(s, 32), scale, bias))
  const d = floorToByte(madd(v128.load(s, 48), scale, bias))
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
}

/** Three float32 planes to packed pixels of 3 or 4 bytes (opaque), for a width that is a multiple of 16. At k + 32 the mask that drops alpha. */
export function floatToPacked(k: usize, s0: usize, s1: usize, s2: usize, ss: usize, dst: usize, ds: usize, step: i32, w: i32, h: i32): void {
  const scale0 = v128.load32_splat(k)
  const bias0 = v128.load32_splat(k, 4)
  const scale1 = v128.load32_splat(k, 8)
  const bias1 = v128.load32_splat(k, 12)
  const scale2 = v128.load32_splat(k, 16)
  const bias2 = v128.load32_splat(k, 20)
  const drop = v128.load(k, 32)
  const opaque = i8x16.splat(-1)
  for (; h > 0; --h) {
    let d = dst
    let o: usize = 0
    const end = <usize>w << 2
    while (o < end) {
      const c0 = bytes16(s0 + o, scale0, bias0)
      const c1 = bytes16(s1 + o, scale1, bias1)
      const c2 = bytes16(s2 + o, scale2, bias2)
      const ab = zipLow(c0, c1)
      const cd = zipLow(c2, opaque)
      const ef = zipHigh(c0, c1)
      const gh = zipHigh(c2, opaque)
      if (step == 4) {
        v128.store(d, zipLow16(ab, cd))
        v128.store(d, zipHigh16(ab, cd), 16)
        v128.store(d, zipLow16(ef, gh), 32)
        v128.store(d, zipHigh16(ef, gh), 48)
        d += 64
      } else {
        v128.store(d, pick(zipLow16(ab, cd), drop))
        v128.store(d, pick(zipHigh16(ab, cd), drop), 12)
        v128.store(d, pick(zipLow16(ef, gh), drop), 24)
        const last = pick(zipHigh16(ef, gh), drop)
        v128.store64_lane(d, last, 0, 36)
        v128.store32_lane(d, last, 2, 44)
        d += 48
      }
      o += 64
    }
    s0 += ss
    s1 += ss
    s2 += ss
    dst += ds
  }
}

/** Four pixels of four bytes to four times three floats; the fourth lane of each is overwritten by the next, the last one's is kept back. */
@inline
function pixels(dst: usize, x: v128, scale: v128, bias: v128, last: bool): void {
  const low = i16x8.extend_low_i8x16_u(x)
  const high = i16x8.extend_high_i8x16_u(x)
  v128.store(dst, madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), scale, bias))
  v128.store(dst, madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), scale, bias), 12)
  v128.store(dst, madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), scale, bias), 24)
  const end = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), scale, bias)
  if (last) {
    v128.store64_lane(dst, end, 0, 36)
    v128.store32_lane(dst, end, 2, 44)
  } else {
    v128.store(dst, end, 36)
  }
}

/** Packed pixels to interleaved float32 (three a pixel), for a width that is a multiple of 16. k: scales, biases (four f32 each), masks of the first groups and of the last. */
export function packedToPixels(k: usize, src: usize, ss: usize, step: i32, dst: usize, ds: usize, w: i32, h: i32): void {
  const scale = v128.load(k)
  const bias = v128.load(k, 16)
  const group = v128.load(k, 32)
  const last = v128.load(k, 48)
  const four = <usize>step << 2
  const lastAt: usize = step == 4 ? 48 : 32
  for (; h > 0; --h) {
    let s = src
    let d = dst
    for (let i = 0; i < w; i += 16) {
      pixels(d, pick(v128.load(s), group), scale, bias, false)
      pixels(d + 48, pick(v128.load(s + four), group), scale, bias, false)
      pixels(d + 96, pick(v128.load(s + 2 * four), group), scale, bias, false)
      pixels(d + 144, pick(v128.load(s + lastAt), last), scale, bias, true)
      s += four << 2
      d += 192
    }
    src += ss
    dst += ds
  }
}

/** Four times three floats to four pixels of four bytes; the last is read early, so that nothing behind it is touched. */
@inline
function bytesOf(s: usize, scale: v128, bias: v128, last: bool): v128 {
  let end: v128
  if (last) {
    const early = v128.load(s, 32)
    end = i8x16.shuffle(early, early, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15)
  } else {
    end = v128.load(s, 36)
  }
  const a = floorToByte(madd(v128.load(s), scale, bias))
  const b = floorToByte(madd(v128.load(s, 12), scale, bias))
  const c = floorToByte(madd(v128.load(s, 24), scale, bias))
  const d = floorToByte(madd(end, scale, bias))
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
}

/** Interleaved float32 (three a pixel) to packed pixels, for a width that is a multiple of 16. k: scales, biases (with the rounding half), the mask that orders four pixels, the bits to set. */
export function pixelsToPacked(k: usize, src: usize, ss: usize, dst: usize, ds: usize, step: i32, w: i32, h: i32): void {
  const scale = v128.load(k)
  const bias = v128.load(k, 16)
  const order = v128.load(k, 32)
  const set = v128.load(k, 48)
  for (; h > 0; --h) {
    let s = src
    let d = dst
    for (let i = 0; i < w; i += 16) {
      const a = v128.or(pick(bytesOf(s, scale, bias, false), order), set)
      const b = v128.or(pick(bytesOf(s + 48, scale, bias, false), order), set)
      const c = v128.or(pick(bytesOf(s + 96, scale, bias, false), order), set)
      const e = v128.or(pick(bytesOf(s + 144, scale, bias, true), order), set)
      if (step == 4) {
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
      s += 192
    }
    src += ss
    dst += ds
  }
}
