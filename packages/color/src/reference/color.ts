import type { YuvCoefficients } from '../color-space.js'

/** A stored sample from a number: floor(x + 0.5), clamped to 0..255; NaN becomes 0. */
export function toByte(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(255, Math.max(0, Math.floor(value + 0.5)))
}

/** Within 0..255, not rounded; NaN becomes 0. */
export function clampPixel(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(255, Math.max(0, value))
}

/** Full-range luma of an RGB colour: Kr R + Kg G + Kb B, written so that greys come out exactly. */
export function luma({ kr, kb }: YuvCoefficients, r: number, g: number, b: number): number {
  return g + kr * (r - g) + kb * (b - g)
}

/** Luma as stored, from full-range luma. */
export function storeLuma({ a, o }: YuvCoefficients, y: number): number {
  return y / a + o
}

/** Full-range luma, from luma as stored. */
export function loadLuma({ a, o }: YuvCoefficients, stored: number): number {
  return a * (stored - o)
}

/** R, G and B of a stored Y, U, V, neither clamped nor rounded. */
export function rgbFromYuv(k: YuvCoefficients, Y: number, U: number, V: number): readonly [number, number, number] {
  const y = loadLuma(k, Y)
  const u = k.c * (U - 128)
  const v = k.c * (V - 128)
  const r = y + 2 * (1 - k.kr) * v
  const b = y + 2 * (1 - k.kb) * u
  const g = y - (2 * k.kb * (1 - k.kb) * u + 2 * k.kr * (1 - k.kr) * v) / k.kg
  return [r, g, b]
}

/** Stored U and V of an RGB colour, neither clamped nor rounded. */
export function chromaFromRgb(k: YuvCoefficients, r: number, g: number, b: number): readonly [number, number] {
  const y = luma(k, r, g, b)
  return [(b - y) / (2 * (1 - k.kb) * k.c) + 128, (r - y) / (2 * (1 - k.kr) * k.c) + 128]
}
