import { floorToByte, madd, pick } from './portable'

// Normalised planes straight to 4:2:0. Red, green and blue are made and cut to 0..255 in float; luma is a pixel's weighed sum, chroma
// that of a 2 x 2 block's four (its weights hold the quarter), and both are rounded once.

const lumaAt: usize = 24 // f32 scale, bias of red, green, blue; then three rows of f32 kr, kg, kb, offset with the rounding half
const uAt: usize = 40
const vAt: usize = 56
const maskAt: usize = 80

/** Four values as pixels; NaN becomes 0. */
@inline
function pixels(s: usize, scale: v128, bias: v128): v128 {
  // Of two operands, pmin and pmax give the first where they cannot be compared.
  const x = f32x4.pmax(f32x4.splat(0), madd(v128.load(s), scale, bias))
  return f32x4.pmin(f32x4.splat(255), x)
}

/** Sums of neighbours: the pairs of a, then those of b. */
@inline
function pairs(a: v128, b: v128): v128 {
  return f32x4.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
    i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  )
}

@inline
function weigh(k: usize, r: v128, g: v128, b: v128): v128 {
  const x = madd(b, v128.load32_splat(k, 8), v128.load32_splat(k, 12))
  return floorToByte(madd(r, v128.load32_splat(k), madd(g, v128.load32_splat(k, 4), x)))
}

@inline
function store8(dst: usize, left: v128, right: v128): void {
  const x = i16x8.narrow_i32x4_s(floorToByte(left), floorToByte(right))
  v128.store64_lane(dst, i8x16.narrow_i16x8_u(x, x), 0)
}

/** 8 x 2 pixels; gives the block's four U, then its four V, as 16-bit lanes. Luma grows channel by channel: so all stays in registers. */
@inline
function block(k: usize, r: usize, g: usize, b: usize, ss: usize, y: usize, ys: usize): v128 {
  let scale = v128.load32_splat(k)
  let bias = v128.load32_splat(k, 4)
  let weight = v128.load32_splat(k, lumaAt)
  const offset = v128.load32_splat(k, lumaAt + 12)
  let p0 = pixels(r, scale, bias)
  let p1 = pixels(r + 16, scale, bias)
  let p2 = pixels(r + ss, scale, bias)
  let p3 = pixels(r + ss + 16, scale, bias)
  let y0 = madd(p0, weight, offset)
  let y1 = madd(p1, weight, offset)
  let y2 = madd(p2, weight, offset)
  let y3 = madd(p3, weight, offset)
  const red = pairs(f32x4.add(p0, p2), f32x4.add(p1, p3))
  scale = v128.load32_splat(k, 8)
  bias = v128.load32_splat(k, 12)
  weight = v128.load32_splat(k, lumaAt + 4)
  p0 = pixels(g, scale, bias)
  p1 = pixels(g + 16, scale, bias)
  p2 = pixels(g + ss, scale, bias)
  p3 = pixels(g + ss + 16, scale, bias)
  y0 = madd(p0, weight, y0)
  y1 = madd(p1, weight, y1)
  y2 = madd(p2, weight, y2)
  y3 = madd(p3, weight, y3)
  const green = pairs(f32x4.add(p0, p2), f32x4.add(p1, p3))
  scale = v128.load32_splat(k, 16)
  bias = v128.load32_splat(k, 20)
  weight = v128.load32_splat(k, lumaAt + 8)
  p0 = pixels(b, scale, bias)
  p1 = pixels(b + 16, scale, bias)
  p2 = pixels(b + ss, scale, bias)
  p3 = pixels(b + ss + 16, scale, bias)
  store8(y, madd(p0, weight, y0), madd(p1, weight, y1))
  store8(y + ys, madd(p2, weight, y2), madd(p3, weight, y3))
  const blue = pairs(f32x4.add(p0, p2), f32x4.add(p1, p3))
  return i16x8.narrow_i32x4_s(weigh(k + uAt, red, green, blue), weigh(k + vAt, red, green, blue))
}

/**
 * Three float32 planes (red, green, blue) to 4:2:0 with the mean of each 2 x 2 block, for a width that is a multiple of 16. k: the
 * coefficients above, at +80 the mask that orders eight U and eight V, each four in turn, as the chroma plane has them. planar: u and v
 * are planes, else u is the interleaved plane.
 */
export function floatToYuv(k: usize, r: usize, g: usize, b: usize, ss: usize, y: usize, ys: usize, u: usize, v: usize, cs: usize, w: i32, h: i32, planar: bool): void {
  const mask = v128.load(k, maskAt)
  for (; h > 0; h -= 2) {
    // A lone last row is averaged with itself.
    if (h == 1) {
      ss = 0
      ys = 0
    }
    let o: usize = 0
    let c: usize = 0
    for (let x: usize = 0; x < <usize>w; x += 16) {
      const left = block(k, r + o, g + o, b + o, ss, y + x, ys)
      const right = block(k, r + o + 32, g + o + 32, b + o + 32, ss, y + x + 8, ys)
      const both = pick(i8x16.narrow_i16x8_u(left, right), mask)
      if (planar) {
        v128.store64_lane(u + c, both, 0)
        v128.store64_lane(v + c, both, 1)
        c += 8
      } else {
        v128.store(u + c, both)
        c += 16
      }
      o += 64
    }
    r += ss << 1
    g += ss << 1
    b += ss << 1
    y += ys << 1
    u += cs
    v += cs
  }
}
