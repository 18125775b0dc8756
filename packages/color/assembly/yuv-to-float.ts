import { madd, pick } from './portable'

// 4:2:0 straight to normalised planes. Matrix, mean and std are folded: out = clamp(ky Y + (kp P + kq Q + kc), lo, hi) per plane, with
// P and Q the chroma less 128. The bracket is computed once for a 2 x 2 block.

const channelBytes: usize = 24 // f32 ky, kp, kq, kc, lo, hi

@inline
function store4(dst: usize, y: v128, ky: v128, chroma: v128, lo: v128, hi: v128): void {
  v128.store(dst, f32x4.pmin(f32x4.pmax(madd(y, ky, chroma), lo), hi))
}

/** 8 x 2 pixels of one plane. */
@inline
function channel(k: usize, dst: usize, ds: usize, p: v128, q: v128, t0: v128, t1: v128, b0: v128, b1: v128): void {
  const ky = v128.load32_splat(k)
  const lo = v128.load32_splat(k, 16)
  const hi = v128.load32_splat(k, 20)
  const e = madd(p, v128.load32_splat(k, 4), madd(q, v128.load32_splat(k, 8), v128.load32_splat(k, 12)))
  const left = i8x16.shuffle(e, e, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7)
  const right = i8x16.shuffle(e, e, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15)
  store4(dst, t0, ky, left, lo, hi)
  store4(dst + 16, t1, ky, right, lo, hi)
  store4(dst + ds, b0, ky, left, lo, hi)
  store4(dst + ds + 16, b1, ky, right, lo, hi)
}

@inline
function low(x: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x))
}

@inline
function high(x: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x))
}

@inline
function rows(k: usize, y: usize, ys: usize, p: usize, q: usize, cs: usize, d0: usize, d1: usize, d2: usize, ds: usize, w: i32, h: i32, planar: bool): void {
  const mask = v128.load(k, 80)
  const middle = i16x8.splat(128)
  for (; h > 0; h -= 2) {
    if (h == 1) {
      ys = 0
      ds = 0
    }
    let py = y
    let pp = p
    let pq = q
    let o: usize = 0
    const end = y + w
    while (py < end) {
      let u: v128
      let v: v128
      if (planar) {
        u = v128.load8x8_u(pp)
        v = v128.load8x8_u(pq)
        pp += 8
        pq += 8
      } else {
        const both = pick(v128.load(pp), mask)
        u = i16x8.extend_low_i8x16_u(both)
        v = i16x8.extend_high_i8x16_u(both)
        pp += 16
      }
      u = i16x8.sub(u, middle)
      v = i16x8.sub(v, middle)
      let top = v128.load8x8_u(py)
      let bottom = v128.load8x8_u(py + ys)
      const p0 = low(u)
      const q0 = low(v)
      const t0 = low(top)
      const t1 = high(top)
      const b0 = low(bottom)
      const b1 = high(bottom)
      channel(k, d0 + o, ds, p0, q0, t0, t1, b0, b1)
      channel(k + channelBytes, d1 + o, ds, p0, q0, t0, t1, b0, b1)
      channel(k + 2 * channelBytes, d2 + o, ds, p0, q0, t0, t1, b0, b1)
      top = v128.load8x8_u(py, 8)
      bottom = v128.load8x8_u(py + ys, 8)
      const p1 = high(u)
      const q1 = high(v)
      const t2 = low(top)
      const t3 = high(top)
      const b2 = low(bottom)
      const b3 = high(bottom)
      channel(k, d0 + o + 32, ds, p1, q1, t2, t3, b2, b3)
      channel(k + channelBytes, d1 + o + 32, ds, p1, q1, t2, t3, b2, b3)
      channel(k + 2 * channelBytes, d2 + o + 32, ds, p1, q1, t2, t3, b2, b3)
      py += 16
      o += 64
    }
    y += ys << 1
    p += cs
    q += cs
    d0 += ds << 1
    d1 += ds << 1
    d2 += ds << 1
  }
}

/**
 * 4:2:0 to three float32 planes for a width that is a multiple of 16. k: three channels as above, at +80 the mask that gathers
 * interleaved chroma into p then q. ds: bytes from one row of a plane to the next.
 */
export function yuvToFloat(k: usize, y: usize, ys: usize, p: usize, q: usize, cs: usize, d0: usize, d1: usize, d2: usize, ds: usize, w: i32, h: i32, planar: bool): void {
  if (planar) rows(k, y, ys, p, q, cs, d0, d1, d2, ds, w, h, true)
  else rows(k, y, ys, p, q, cs, d0, d1, d2, ds, w, h, false)
}
