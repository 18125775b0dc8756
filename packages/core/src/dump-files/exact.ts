import type { PackOptions, PixelFormat, TensorFormat } from '@i2i/color'

type Meta = Readonly<Record<string, unknown>>

/** Every step from picture to tensor with its defaults filled in: the rules of the colour engine, for one call. */
export function exactTransform(meta: Meta, format: PixelFormat | undefined): Meta | undefined {
  const { transform, region } = meta
  const input = meta['input'] as TensorFormat | undefined
  const pack = meta['pack'] as PackOptions | undefined
  if (!input || !pack || !isAffine(transform)) return undefined
  const [a, b, c, d, e, f] = transform
  const moved = a !== 1 || b !== 0 || d !== 0 || e !== 1 || !Number.isInteger(c) || !Number.isInteger(f)
  const kernel = pack.kernel ?? (Math.max(scaleOf(a, d), scaleOf(b, e)) > 2 ? 'area' : 'bilinear')
  const chroma = format && /^(I420|NV)/.test(format) ? { chroma: moved ? (pack.chroma ?? 'nearest') : 'nearest' } : {}
  return {
    crop: region,
    transform,
    meaning: 'tensor pixel (x, y) is read at source (ax + by + c, dx + ey + f); the centre of the first pixel is 0.5',
    ...(moved ? { kernel, antialias: pack.antialias ?? false } : { kernel: 'none' }),
    fit: pack.affine ? 'affine' : (pack.fit ?? 'stretch'),
    pad: pack.pad ?? 'edge',
    ...chroma,
    layout: input.layout,
    channels: input.channels,
    dtype: input.dtype,
    ...(input.dtype === 'uint8'
      ? { values: 'pixels as they are', rounding: 'floor(x + 0.5), clamped to 0..255' }
      : {
          values: '(pixel / 255 - mean) / std',
          mean: input.mean ?? 0,
          std: input.std ?? 1,
          rounding: input.dtype === 'float16' ? 'to the nearest float16, ties to even' : 'none before the tensor',
        }),
    alpha: input.channels === 'RGBA' ? 'straight, a channel of the tensor' : 'dropped, carried to the result',
    orientation: 'as the pixels lie; nothing is turned',
  }
}

function scaleOf(x: number, y: number): number {
  return Math.hypot(x, y)
}

function isAffine(value: unknown): value is readonly [number, number, number, number, number, number] {
  return Array.isArray(value) && value.length === 6 && value.every((part) => typeof part === 'number')
}
