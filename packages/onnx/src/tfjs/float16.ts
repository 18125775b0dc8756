const scratch = new DataView(new ArrayBuffer(4))

/** The number that float16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The float16 bits of a number that float16 holds exactly; undefined for any other. */
export function exactHalf(value: number): number | undefined {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 112
  // Below 1, the number has no whole exponent in float16: its fraction counts 2^-24.
  const half =
    value === 0
      ? sign
      : exponent > 0 && exponent < 31
        ? sign | (exponent << 10) | ((bits >>> 13) & 1023)
        : sign | (Math.abs(value) * 2 ** 24)
  return half < 0x10000 && Object.is(fromHalf(half), value) ? half : undefined
}
