import { pick } from './portable'

// Packed pixels are taken as pairs of 16-bit lanes, (first, third) and (second, fourth), so that one dot product per pair gives four
// exact Q15 sums. Channel order is the order of the coefficients; three-byte pixels are first spread to four.

const yOuter: usize = 0 // i16 pairs: coefficients of first and third channel, then of the second and 0
const yInner: usize = 4
const uOuter: usize = 8
const uInner: usize = 12
const vOuter: usize = 16
const vInner: usize = 20
const yBias: usize = 24 // i32: offset and rounding half, Q15
const cBias: usize = 28 // i32: the same for a sum of four pixels, Q17

@inline
function weigh(outer: v128, inner: v128, outerWeights: v128, innerWeights: v128, bias: v128, shift: i32): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(outer, outerWeights), i32x4.dot_i16x8_s(inner, innerWeights))
  return i32x4.shr_s(i32x4.add(sum, bias), shift)
}

/** Sums of neighbouring pixels: the pixel pairs of a, then those of b. */
@inline
function pairs(a: v128, b: v128): v128 {
  return i16x8.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
    i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  )
}

@inline
function load4(src: usize, group: usize, four: bool, spread: v128, spreadLast: v128): v128 {
  if (four) return v128.load(src + group * 16)
  // The last group is read four bytes early, so that no byte behind the 48 is touched.
  if (group == 3) return pick(v128.load(src + 32), spreadLast)
  return pick(v128.load(src + group * 12), spread)
}

@inline
function outerOf(x: v128): v128 {
  return v128.and(x, i16x8.splat(255))
}

@inline
function innerOf(x: v128): v128 {
  return i16x8.shr_u(x, 8)
}

/** 16 x 2 pixels. */
@inline
function block(yo: v128, yi: v128, yb: v128, uo: v128, ui: v128, vo: v128, vi: v128, cb: v128, src: usize, ss: usize, y: usize, ys: usize, u: usize, v: usize, four: bool, planar: bool, spread: v128, spreadLast: v128, mask: v128): void {
  const t0 = load4(src, 0, four, spread, spreadLast)
  const t1 = load4(src, 1, four, spread, spreadLast)
  const b0 = load4(src + ss, 0, four, spread, spreadLast)
  const b1 = load4(src + ss, 1, four, spread, spreadLast)
  const to0 = outerOf(t0)
  const ti0 = innerOf(t0)
  const to1 = outerOf(t1)
  const ti1 = innerOf(t1)
  const bo0 = outerOf(b0)
  const bi0 = innerOf(b0)
  const bo1 = outerOf(b1)
  const bi1 = innerOf(b1)
  const outerA = pairs(i16x8.add(to0, bo0), i16x8.add(to1, bo1))
  const innerA = pairs(i16x8.add(ti0, bi0), i16x8.add(ti1, bi1))
  const topA = i16x8.narrow_i32x4_s(weigh(to0, ti0, yo, yi, yb, 15), weigh(to1, ti1, yo, yi, yb, 15))
  const bottomA = i16x8.narrow_i32x4_s(weigh(bo0, bi0, yo, yi, yb, 15), weigh(bo1, bi1, yo, yi, yb, 15))

  const t2 = load4(src, 2, four, spread, spreadLast)
  const t3 = load4(src, 3, four, spread, spreadLast)
  const b2 = load4(src + ss, 2, four, spread, spreadLast)
  const b3 = load4(src + ss, 3, four, spread, spreadLast)
  const to2 = outerOf(t2)
  const ti2 = innerOf(t2)
  const to3 = outerOf(t3)
  const ti3 = innerOf(t3)
  const bo2 = outerOf(b2)
  const bi2 = innerOf(b2)
  const bo3 = outerOf(b3)
  const bi3 = innerOf(b3)
  const outerB = pairs(i16x8.add(to2, bo2), i16x8.add(to3, bo3))
  const innerB = pairs(i16x8.add(ti2, bi2), i16x8.add(ti3, bi3))
  const topB = i16x8.narrow_i32x4_s(weigh(to2, ti2, yo, yi, yb, 15), weigh(to3, ti3, yo, yi, yb, 15))
  const bottomB = i16x8.narrow_i32x4_s(weigh(bo2, bi2, yo, yi, yb, 15), weigh(bo3, bi3, yo, yi, yb, 15))

  v128.store(y, i8x16.narrow_i16x8_u(topA, topB))
  v128.store(y + ys, i8x16.narrow_i16x8_u(bottomA, bottomB))

  const us = i16x8.narrow_i32x4_s(weigh(outerA, innerA, uo, ui, cb, 17), weigh(outerB, innerB, uo, ui, cb, 17))
  const vs = i16x8.narrow_i32x4_s(weigh(outerA, innerA, vo, vi, cb, 17), weigh(outerB, innerB, vo, vi, cb, 17))
  const both = i8x16.narrow_i16x8_u(us, vs)
  if (planar) {
    v128.store64_lane(u, both, 0)
    v128.store64_lane(v, both, 1)
  } else {
    v128.store(u, pick(both, mask))
  }
}

@inline
function rows(k: usize, src: usize, ss: usize, y: usize, ys: usize, u: usize, v: usize, cs: usize, w: i32, h: i32, four: bool, planar: bool): void {
  const yo = v128.load32_splat(k, yOuter)
  const yi = v128.load32_splat(k, yInner)
  const yb = v128.load32_splat(k, yBias)
  const uo = v128.load32_splat(k, uOuter)
  const ui = v128.load32_splat(k, uInner)
  const vo = v128.load32_splat(k, vOuter)
  const vi = v128.load32_splat(k, vInner)
  const cb = v128.load32_splat(k, cBias)
  const spread = v128.load(k, 32)
  const spreadLast = v128.load(k, 48)
  const mask = v128.load(k, 64)
  for (; h > 0; h -= 2) {
    // A lone last row is averaged with itself.
    if (h == 1) {
      ss = 0
      ys = 0
    }
    let s = src
    let py = y
    let pu = u
    let pv = v
    const end = y + w
    while (py < end) {
      block(yo, yi, yb, uo, ui, vo, vi, cb, s, ss, py, ys, pu, pv, four, planar, spread, spreadLast, mask)
      s += four ? 64 : 48
      py += 16
      pu += planar ? 8 : 16
      pv += 8
    }
    src += ss << 1
    y += ys << 1
    u += cs
    v += cs
  }
}

/**
 * Packed 8 bit to 4:2:0 with the mean of each 2 x 2 block, for a width that is a multiple of 16. k: the coefficients above; at +32 and
 * +48 the masks that spread three-byte pixels (first and last group), at +64 the one that interleaves u and v where they share a plane.
 */
export function packedToYuv(k: usize, src: usize, ss: usize, y: usize, ys: usize, u: usize, v: usize, cs: usize, w: i32, h: i32, four: bool, planar: bool): void {
  if (four) {
    if (planar) rows(k, src, ss, y, ys, u, v, cs, w, h, true, true)
    else rows(k, src, ss, y, ys, u, v, cs, w, h, true, false)
  } else {
    if (planar) rows(k, src, ss, y, ys, u, v, cs, w, h, false, true)
    else rows(k, src, ss, y, ys, u, v, cs, w, h, false, false)
  }
}
