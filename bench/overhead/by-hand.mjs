// What a careful engineer writes without a library: typed arrays, no allocation in the loop, constants hoisted.

/** RGBA bytes to NCHW float32 in -1..1. */
export function packByHand(rgba, tensor, pixels) {
  const scale = 1 / 127.5
  for (let i = 0, at = 0; i < pixels; i++, at += 4) {
    tensor[i] = rgba[at] * scale - 1
    tensor[pixels + i] = rgba[at + 1] * scale - 1
    tensor[2 * pixels + i] = rgba[at + 2] * scale - 1
  }
}

/** NCHW float32 in -1..1 to RGBA bytes; the clamped array rounds and clamps. */
export function unpackByHand(tensor, rgba, pixels) {
  for (let i = 0, at = 0; i < pixels; i++, at += 4) {
    rgba[at] = (tensor[i] + 1) * 127.5
    rgba[at + 1] = (tensor[pixels + i] + 1) * 127.5
    rgba[at + 2] = (tensor[2 * pixels + i] + 1) * 127.5
    rgba[at + 3] = 255
  }
}

/** I420 (BT.601 limited) to NCHW float32 of another size, bilinear, in one pass over the target; taps are computed once a column. */
export function fusedByHand({ y, u, v, width, height }, tensor, side) {
  const columns = taps(width, side)
  const rows = taps(height, side)
  const chromaColumns = taps(width / 2, side)
  const chromaRows = taps(height / 2, side)
  const plane = side * side
  const half = width / 2
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      const luma = 1.164383 * (sample(y, width, columns, column, rows, row) - 16)
      const cb = sample(u, half, chromaColumns, column, chromaRows, row) - 128
      const cr = sample(v, half, chromaColumns, column, chromaRows, row) - 128
      tensor[at] = unit(luma + 1.596027 * cr)
      tensor[plane + at] = unit(luma - 0.391762 * cb - 0.812968 * cr)
      tensor[2 * plane + at] = unit(luma + 2.017232 * cb)
    }
  }
}

/** I420 (BT.601 limited) to RGB bytes. */
export function rgbByHand({ y, u, v, width, height }, rgb) {
  for (let row = 0, at = 0; row < height; row++) {
    const chroma = (row >> 1) * (width / 2)
    for (let column = 0; column < width; column++, at += 3) {
      const luma = 1.164383 * (y[row * width + column] - 16)
      const cb = u[chroma + (column >> 1)] - 128
      const cr = v[chroma + (column >> 1)] - 128
      rgb[at] = byte(luma + 1.596027 * cr)
      rgb[at + 1] = byte(luma - 0.391762 * cb - 0.812968 * cr)
      rgb[at + 2] = byte(luma + 2.017232 * cb)
    }
  }
}

function byte(value) {
  return value < 0 ? 0 : Math.min(value + 0.5, 255)
}

function unit(value) {
  return (value < 0 ? 0 : Math.min(value, 255)) / 127.5 - 1
}

function taps(from, to) {
  const first = new Int32Array(to)
  const second = new Int32Array(to)
  const weight = new Float32Array(to)
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    first[i] = Math.floor(at)
    second[i] = Math.min(first[i] + 1, from - 1)
    weight[i] = at - first[i]
  }
  return { first, second, weight }
}

function sample(plane, stride, columns, column, rows, row) {
  const x0 = columns.first[column]
  const x1 = columns.second[column]
  const wx = columns.weight[column]
  const y0 = rows.first[row] * stride
  const y1 = rows.second[row] * stride
  const top = plane[y0 + x0] + (plane[y0 + x1] - plane[y0 + x0]) * wx
  const bottom = plane[y1 + x0] + (plane[y1 + x1] - plane[y1 + x0]) * wx
  return top + (bottom - top) * rows.weight[row]
}
