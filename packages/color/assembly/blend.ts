import { storeHead } from './rows'

// Laying a result over what the target already holds: value = under + (value - under) * weight.

/** weights = mask (0..1, or 1 where there is none) * ramp (or 1) * factor; the target is scratch. */
export function weighRow(mask: usize, ramp: usize, factor: f32, n: i32, dst: usize): void {
  const zero = f32x4.splat(0)
  const one = f32x4.splat(1)
  const f = f32x4.splat(factor)
  for (let i = 0; i < n; i += 4) {
    const o = i << 2
    let x = f
    if (mask) x = f32x4.mul(x, f32x4.pmin(f32x4.pmax(v128.load(mask + o), zero), one))
    if (ramp) x = f32x4.mul(x, v128.load(ramp + o))
    v128.store(dst + o, x)
  }
}

/** row = under + (row - under) * weight, with `under` as bytes. */
export function layOver(row: usize, under: usize, weights: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const o = i << 2
    const old = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(under + i))))
    const x = f32x4.add(old, f32x4.mul(f32x4.sub(v128.load(row + o), old), v128.load(weights + o)))
    storeHead(row + o, x, n - i)
  }
}
