import { type RawImage, rawImage, type Tensor } from '@i2i/core'

/** As in fixtures/expected.py. */
function noise(seed: number, count: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state >>> 24
  })
}

/** The two pictures of expected.py. */
export function pictures(width: number, height: number): readonly [RawImage, RawImage] {
  const [grain, steps] = [noise(1, width * height * 3), noise(2, width * height * 3)]
  const first = grain.map((value, i) => {
    const pixel = Math.floor(i / 3)
    return (((pixel % width) * 5 + Math.floor(pixel / width) * 3) % 200) + (value % 24)
  })
  const second = Uint8ClampedArray.from(first, (value, i) => value + ((steps[i] ?? 0) % 17) - 8)
  return [rgb(width, height, first), rgb(width, height, Uint8Array.from(second))]
}

/** The two tensors of expected.py, as [2, 3, 10, 10]. */
export function tensors(): readonly [Tensor, Tensor] {
  const [values, errors] = [noise(3, 600), noise(4, 600)]
  const a = Float32Array.from(values, (value) => value / 64 - 2)
  return [
    tensor(a, [2, 3, 10, 10]),
    tensor(
      a.map((value, i) => value + ((errors[i] ?? 0) - 128) / 8192),
      [2, 3, 10, 10],
    ),
  ]
}

/** A float32 tensor. */
export function tensor(data: ArrayLike<number>, dims: readonly number[] = [data.length]): Tensor {
  return { location: 'cpu', dtype: 'float32', dims, data: Float32Array.from(data) }
}

/** An RGB picture. */
export function rgb(width: number, height: number, data: Uint8Array): RawImage {
  return rawImage({ format: 'RGB', width, height, data })
}
