// IEEE binary16 to and from binary32 without hardware support, after F. Giesen's "float_to_half_rne" and "half_to_float" (public domain).

/** n float32 to binary16, ties to even; exactly n are written. */
export function floatToHalf(src: usize, n: i32, dst: usize): void {
  for (let i = 0; i < n; i += 4) {
    const x = v128.load(src + (i << 2))
    const magnitude = v128.and(x, i32x4.splat(0x7fffffff))
    const sign = v128.xor(x, magnitude)
    const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1))
    const normal = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, odd), i32x4.splat(-0x37fff001)), 13)
    // Adding 0.5 lets the float unit shift and round a subnormal's mantissa into place.
    const magic = i32x4.splat(0x3f000000)
    const small = i32x4.sub(f32x4.add(magnitude, magic), magic)
    const finite = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)))
    const huge = v128.bitselect(i32x4.splat(0x7e00), i32x4.splat(0x7c00), i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)))
    const bits = v128.bitselect(huge, finite, i32x4.ge_s(magnitude, i32x4.splat(0x47800000)))
    const halves = i16x8.narrow_i32x4_u(bits, bits)
    const signed = v128.or(halves, i16x8.narrow_i32x4_s(i32x4.shr_s(sign, 16), i32x4.shr_s(sign, 16)))
    const left = n - i
    const d = dst + (i << 1)
    if (left >= 4) v128.store64_lane(d, signed, 0)
    else {
      v128.store16_lane(d, signed, 0)
      if (left > 1) v128.store16_lane(d, signed, 1, 2)
      if (left > 2) v128.store16_lane(d, signed, 2, 4)
    }
  }
}

/** n binary16 to float32; the target is scratch, four values are read at a time. */
export function halfToFloat(src: usize, n: i32, dst: usize): void {
  for (let i = 0; i < n; i += 4) {
    const h = v128.load16x4_u(src + (i << 1))
    const magnitude = v128.and(h, i32x4.splat(0x7fff))
    // 2^112 moves the exponent's bias from 15 to 127 and makes subnormals normal.
    const scaled = f32x4.mul(i32x4.shl(magnitude, 13), i32x4.splat(0x77800000))
    const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000))
    const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16)
    v128.store(dst + (i << 2), v128.or(v128.or(scaled, special), sign))
  }
}
