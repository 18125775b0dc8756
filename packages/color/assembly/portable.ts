// One source, two binaries: with the relaxed-simd feature these map to one instruction each, without it to the saturating forms.

@inline
export function q15mul(a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_q15mulr_s(a, b)
  return i16x8.q15mulr_sat_s(a, b)
}

/** Bytes of `a` chosen by `mask`; indices of 0x80 and more give 0. */
@inline
export function pick(a: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(a, mask)
  return i8x16.swizzle(a, mask)
}

/** a * b + c. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(f32x4.mul(a, b), c)
}

/** floor(x) as i32 for 0 <= x < 256; anything outside still narrows to 0 or 255, NaN to 0. */
@inline
export function floorToByte(x: v128): v128 {
  // pmin keeps a NaN in its first operand, which the truncation turns into 0 or the most negative number.
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_trunc_f32x4_s(f32x4.pmin(x, f32x4.splat(255)))
  return i32x4.trunc_sat_f32x4_s(x)
}

/** Bytes 0..7 of a and b, alternating. */
@inline
export function zipLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

/** Bytes 8..15 of a and b, alternating. */
@inline
export function zipHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

/** 16-bit lanes 0..3 of a and b, alternating. */
@inline
export function zipLow16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
}

/** 16-bit lanes 4..7 of a and b, alternating. */
@inline
export function zipHigh16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
}
