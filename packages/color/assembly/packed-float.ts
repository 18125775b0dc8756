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
