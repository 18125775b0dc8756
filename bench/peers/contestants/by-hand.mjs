// Typed-array loops with the constants hoisted. `plane` and `step` are 1 plane apart for NCHW, 1 and 3 for NHWC.

/** RGBA bytes to a tensor of (pixel / 255 - mean) / std. */
export function pack(rgba, tensor, { plane, step, mean, std }) {
  const scale = 1 / (255 * std)
  const offset = -mean / std
  for (let i = 0, at = 0, to = 0; i < rgba.length >> 2; i++, at += 4, to += step) {
    tensor[to] = rgba[at] * scale + offset
    tensor[to + plane] = rgba[at + 1] * scale + offset
    tensor[to + 2 * plane] = rgba[at + 2] * scale + offset
  }
}

/** The way back, into a clamped array, which rounds. */
export function unpack(tensor, rgba, { plane, step, mean, std }) {
  const scale = 255 * std
  const offset = 255 * mean
  for (let i = 0, at = 0, from = 0; i < rgba.length >> 2; i++, at += 4, from += step) {
    rgba[at] = tensor[from] * scale + offset
    rgba[at + 1] = tensor[from + plane] * scale + offset
    rgba[at + 2] = tensor[from + 2 * plane] * scale + offset
    rgba[at + 3] = 255
  }
}
