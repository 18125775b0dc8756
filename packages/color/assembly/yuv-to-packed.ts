import { pick, q15mul, zipHigh, zipHigh16, zipLow, zipLow16 } from './portable'

// Q6 fixed point: luma as Y << 7 times a Q14 coefficient, chroma as (C - 128) << 8 times a Q13 coefficient, both through the
// rounding Q15 multiply. p is the chroma that drives the first stored channel, q the one of the third: for RGBA p = V and q = U,
// for BGRA the other way round, so channel order is a matter of which pointer (or chroma mask) the caller passes.

/** One row of 16 pixels: luma plus the three chroma terms of its even and odd halves, interleaved with opaque alpha. */
@inline
function row(y: usize, dst: usize, four: bool, cy: v128, l0: v128, h0: v128, l1: v128, h1: v128, l2: v128, h2: v128, drop: v128): void {
  const luma = v128.load(y)
  const zero = i64x2.splat(0)
  const lo = q15mul(i16x8.shr_u(zipLow(zero, luma), 1), cy)
  const hi = q15mul(i16x8.shr_u(zipHigh(zero, luma), 1), cy)
  const c0 = i8x16.narrow_i16x8_u(i16x8.shr_s(i16x8.add_sat_s(lo, l0), 6), i16x8.shr_s(i16x8.add_sat_s(hi, h0), 6))
  const c1 = i8x16.narrow_i16x8_u(i16x8.shr_s(i16x8.add_sat_s(lo, l1), 6), i16x8.shr_s(i16x8.add_sat_s(hi, h1), 6))
  const c2 = i8x16.narrow_i16x8_u(i16x8.shr_s(i16x8.add_sat_s(lo, l2), 6), i16x8.shr_s(i16x8.add_sat_s(hi, h2), 6))
  const opaque = i8x16.splat(-1)
  const a = zipLow(c0, c1)
  const b = zipHigh(c0, c1)
  const c = zipLow(c2, opaque)
  const d = zipHigh(c2, opaque)
  if (four) {
    v128.store(dst, zipLow16(a, c))
    v128.store(dst, zipHigh16(a, c), 16)
    v128.store(dst, zipLow16(b, d), 32)
    v128.store(dst, zipHigh16(b, d), 48)
  } else {
    // Each store's last four bytes are overwritten by the next; the last one is cut to its twelve.
    v128.store(dst, pick(zipLow16(a, c), drop))
    v128.store(dst, pick(zipHigh16(a, c), drop), 12)
    v128.store(dst, pick(zipLow16(b, d), drop), 24)
    const last = pick(zipHigh16(b, d), drop)
    v128.store64_lane(dst, last, 0, 36)
    v128.store32_lane(dst, last, 2, 44)
  }
}

/** 16 x 2 pixels that share eight chroma samples, or the first row of them. */
@inline
function block(cy: v128, c0: v128, c1p: v128, c1q: v128, c2: v128, bias: v128, flip: v128, y: usize, ys: usize, p: usize, q: usize, dst: usize, ds: usize, planar: bool, four: bool, mask: v128, drop: v128, pair: bool): void {
  const zero = i64x2.splat(0)
  let u: v128
  let v: v128
  if (planar) {
    u = v128.xor(zipLow(zero, v128.load64_zero(p)), flip)
    v = v128.xor(zipLow(zero, v128.load64_zero(q)), flip)
  } else {
    const both = pick(v128.load(p), mask)
    u = v128.xor(zipLow(zero, both), flip)
    v = v128.xor(zipHigh(zero, both), flip)
  }
  const e0 = i16x8.add(q15mul(u, c0), bias)
  const e1 = i16x8.add(i16x8.add(q15mul(u, c1p), q15mul(v, c1q)), bias)
  const e2 = i16x8.add(q15mul(v, c2), bias)
  const l0 = zipLow16(e0, e0)
  const h0 = zipHigh16(e0, e0)
  const l1 = zipLow16(e1, e1)
  const h1 = zipHigh16(e1, e1)
  const l2 = zipLow16(e2, e2)
  const h2 = zipHigh16(e2, e2)
  row(y, dst, four, cy, l0, h0, l1, h1, l2, h2, drop)
  if (pair) row(y + ys, dst + ds, four, cy, l0, h0, l1, h1, l2, h2, drop)
}

@inline
function rows(k: usize, y: usize, ys: usize, p: usize, q: usize, cs: usize, dst: usize, ds: usize, w: i32, h: i32, planar: bool, four: bool, mask: v128, pair: bool): void {
  const drop = v128.load(k, 16)
  const cy = v128.load16_splat(k)
  const c0 = v128.load16_splat(k, 2)
  const c1p = v128.load16_splat(k, 4)
  const c1q = v128.load16_splat(k, 6)
  const c2 = v128.load16_splat(k, 8)
  const bias = v128.load16_splat(k, 10)
  const flip = v128.load16_splat(k, 12)
  const bytes: usize = four ? 4 : 3
  const cb: usize = planar ? 1 : 2
  const body = w & ~15
  for (let t = 0; t < h; ++t) {
    const two = pair && t + 1 < h
    let py = y
    let pp = p
    let pq = q
    let pd = dst
    const end = y + body
    while (py < end) {
      block(cy, c0, c1p, c1q, c2, bias, flip, py, ys, pp, pq, pd, ds, planar, four, mask, drop, two)
      py += 16
      pp += 8 * cb
      pq += 8 * cb
      pd += 16 * bytes
    }
    if (two) {
      ++t
      y += ys
      dst += ds
    }
    y += ys
    dst += ds
    if (t & 1) {
      p += cs
      q += cs
    }
  }
}

/**
 * 4:2:0 to packed 8 bit for a width that is a multiple of 16. k: i16 cy, c0p, c1p, c1q, c2q, bias, -32768; at +16 the mask that drops alpha, at +32
 * the mask that gathers interleaved chroma into p then q. planar: p and q are planes, else p is the interleaved plane.
 * pair: two rows at a time, which saves half of the chroma's work; else one, which writes to memory in one run.
 */
export function yuvToPacked(k: usize, y: usize, ys: usize, p: usize, q: usize, cs: usize, dst: usize, ds: usize, w: i32, h: i32, planar: bool, four: bool, pair: bool): void {
  const mask = v128.load(k, 32)
  if (planar) {
    if (four) rows(k, y, ys, p, q, cs, dst, ds, w, h, true, true, mask, pair)
    else rows(k, y, ys, p, q, cs, dst, ds, w, h, true, false, mask, pair)
  } else {
    if (four) rows(k, y, ys, p, q, cs, dst, ds, w, h, false, true, mask, pair)
    else rows(k, y, ys, p, q, cs, dst, ds, w, h, false, false, mask, pair)
  }
}
