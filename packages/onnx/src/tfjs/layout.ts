/** How a value's sizes lie: as ONNX says, or (of four) with the channels last. */
export type Layout = 'onnx' | 'nhwc'

/** Which ONNX axis lies at each place of an NHWC tensor. */
export const toNhwc: readonly number[] = [0, 2, 3, 1]
/** Which place of an NHWC tensor each ONNX axis lies at. */
export const fromNhwc: readonly number[] = [0, 3, 1, 2]

/** Gives the list (one item an ONNX axis) in the order of a layout. */
export function arrange<T>(items: readonly T[], layout: Layout): T[] {
  return layout === 'nhwc' ? toNhwc.map((axis) => items[axis]!) : [...items]
}

/** Gives where an ONNX axis lies in a layout. */
export function place(axis: number, layout: Layout): number {
  return layout === 'nhwc' ? fromNhwc[axis]! : axis
}

type Numbers = Float32Array | Int32Array | Uint8Array

/** Gives the numbers of a tensor with its axes in the order of `permutation`. */
export function permute<T extends Numbers>(data: T, dims: readonly number[], permutation: readonly number[]): T {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, size) => product * size, 1))
  const sizes = permutation.map((axis) => dims[axis]!)
  const steps = permutation.map((axis) => strides[axis]!)
  const result = data.slice() as T // slice() of a typed array is one of the same type.
  const index = sizes.map(() => 0)
  let source = 0
  for (let i = 0; i < result.length; i++) {
    result[i] = data[source]!
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      source += steps[axis]!
      if (++index[axis]! < sizes[axis]!) break
      source -= steps[axis]! * sizes[axis]!
      index[axis] = 0
    }
  }
  return result
}
