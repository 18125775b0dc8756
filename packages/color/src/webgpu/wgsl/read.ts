import { type Part, part } from './part.js'

/** How one picture or tensor is read, as far as it changes the shader's text. */
export type Reader =
  /** Y, U and V in one buffer: I420, NV12, NV21. */
  | { readonly kind: 'yuv' }
  | { readonly kind: 'gray' }
  /** RGB in bytes; `words` where each pixel is one aligned word. */
  | { readonly kind: 'packed'; readonly alpha: boolean; readonly words: boolean }
  | { readonly kind: 'texture' | 'external'; readonly premultiplied: boolean }
  /** A tensor: its numbers become pixel values as they are read. */
  | {
      readonly kind: 'tensor'
      readonly dtype: 'float32' | 'float16' | 'uint8'
      readonly channels: 1 | 3 | 4
      readonly bgr: boolean
    }

/** The type of one sample of the picture's full-size plane. */
export function sampleType(reader: Reader): 'f32' | 'vec4f' {
  return reader.kind === 'yuv' || reader.kind === 'gray' ? 'f32' : 'vec4f'
}

const byteAt = (n: string): string => `
fn ${n}_byte(at: u32) -> f32 {
  return f32((${n}[at >> 2u] >> ((at & 3u) * 8u)) & 255u);
}`

/**
 * Functions that read picture `n` at integer coordinates inside it: n_full (f32 for luma; else R, G, B and alpha, 255 where there is none)
 * and, for YUV, n_half (U and V).
 */
export function readerPart(n: string, reader: Reader): Part {
  const data = [{ name: n, kind: 'read' }] as const
  switch (reader.kind) {
    case 'yuv':
      return part(
        `${byteAt(n)}
fn ${n}_full(x: i32, y: i32) -> f32 {
  return ${n}_byte(p.${n}_offset.x + u32(y) * p.${n}_stride.x + u32(x));
}
fn ${n}_half(x: i32, y: i32) -> vec2f {
  let at = u32(y) * p.${n}_stride.yz + u32(x) * p.${n}_stride.w + p.${n}_offset.yz;
  return vec2f(${n}_byte(at.x), ${n}_byte(at.y));
}`,
        // Offsets of Y, U and V; strides of the three, then bytes from one chroma sample to the next.
        { [`${n}_offset`]: 'vec4u', [`${n}_stride`]: 'vec4u' },
        data,
      )
    case 'gray':
      return part(
        `${byteAt(n)}
fn ${n}_full(x: i32, y: i32) -> f32 {
  return ${n}_byte(p.${n}_offset.x + u32(y) * p.${n}_stride.x + u32(x));
}`,
        { [`${n}_offset`]: 'vec4u', [`${n}_stride`]: 'vec4u' },
        data,
      )
    case 'packed':
      return reader.words ? packedWords(n, reader.alpha) : packedBytes(n, reader.alpha)
    case 'texture':
    case 'external':
      return textureReader(n, reader.kind, reader.premultiplied)
    case 'tensor':
      return tensorReader(n, reader)
    default:
      return reader satisfies never
  }
}

function packedWords(n: string, alpha: boolean): Part {
  const value = alpha ? 'pixel' : 'vec4f(pixel.xyz, 255.0)'
  return part(
    `
fn ${n}_full(x: i32, y: i32) -> vec4f {
  let word = ${n}[(p.${n}_offset.x + u32(y) * p.${n}_stride.x) / 4u + u32(x)];
  let pixel = vec4f((vec4u(word) >> (p.${n}_order * 8u)) & vec4u(255u));
  return ${value};
}`,
    // Where red, green, blue and alpha lie in the pixel.
    { [`${n}_offset`]: 'vec4u', [`${n}_stride`]: 'vec4u', [`${n}_order`]: 'vec4u' },
    [{ name: n, kind: 'read' }],
  )
}

function packedBytes(n: string, alpha: boolean): Part {
  const last = alpha ? `${n}_byte(at.w)` : '255.0'
  return part(
    `${byteAt(n)}
fn ${n}_full(x: i32, y: i32) -> vec4f {
  let at = p.${n}_offset.x + u32(y) * p.${n}_stride.x + u32(x) * p.${n}_stride.w + p.${n}_order;
  return vec4f(${n}_byte(at.x), ${n}_byte(at.y), ${n}_byte(at.z), ${last});
}`,
    { [`${n}_offset`]: 'vec4u', [`${n}_stride`]: 'vec4u', [`${n}_order`]: 'vec4u' },
    [{ name: n, kind: 'read' }],
  )
}

function textureReader(n: string, kind: 'texture' | 'external', premultiplied: boolean): Part {
  const load = kind === 'texture' ? `textureLoad(${n}, vec2i(x, y), 0)` : `textureLoad(${n}, vec2i(x, y))`
  const straight = premultiplied ? '\n  pixel = vec4f(min(pixel.xyz / max(pixel.w, 1e-6), vec3f(1.0)), pixel.w);' : ''
  return part(
    `
fn ${n}_full(x: i32, y: i32) -> vec4f {
  var pixel = ${load};${straight}
  return pixel * 255.0;
}`,
    {},
    [{ name: n, kind }],
  )
}

// Infinities and NaN are told by their bits: arithmetic on them is the compiler's to assume away.
const numberAt = {
  float32: (n: string) => `
fn ${n}_number(at: u32, gain: f32, bias: f32) -> f32 {
  let bits = ${n}[at];
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x7f800000u) {
    return select(0.0, 255.0, (gain < 0.0) == (bits >> 31u == 1u) && magnitude == 0x7f800000u);
  }
  return clamp(bitcast<f32>(bits), -1e30, 1e30) * gain + bias;
}`,
  float16: (n: string) => `
fn ${n}_number(at: u32, gain: f32, bias: f32) -> f32 {
  let bits = (${n}[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu;
  let magnitude = bits & 0x7fffu;
  if (magnitude >= 0x7c00u) {
    return select(0.0, 255.0, (gain < 0.0) == (bits >> 15u == 1u) && magnitude == 0x7c00u);
  }
  let normal = bitcast<f32>((magnitude << 13u) + 0x38000000u);
  let value = select(normal, f32(magnitude) * 0x1p-24, magnitude < 0x400u);
  return select(value, -value, bits >> 15u == 1u) * gain + bias;
}`,
  uint8: (n: string) => `
fn ${n}_number(at: u32, gain: f32, bias: f32) -> f32 {
  return f32((${n}[at >> 2u] >> ((at & 3u) * 8u)) & 255u);
}`,
} as const

function tensorReader(n: string, { dtype, channels, bgr }: Extract<Reader, { kind: 'tensor' }>): Part {
  const read = (c: number): string => {
    const at = c === 0 ? 'at' : `at + ${c}u * p.${n}_stride.z`
    return `${n}_number(${at}, p.${n}_gain[${c}], p.${n}_bias[${c}])`
  }
  const first = read(0)
  const values = channels === 1 ? [first, first, first] : bgr ? [read(2), read(1), first] : [first, read(1), read(2)]
  return part(
    `${numberAt[dtype](n)}
fn ${n}_full(x: i32, y: i32) -> vec4f {
  let at = p.${n}_offset.x + u32(y) * p.${n}_stride.x + u32(x) * p.${n}_stride.y;
  return vec4f(
    ${values.join(',\n    ')},
    ${channels === 4 ? read(3) : '255.0'},
  );
}`,
    // In elements: from row to row, pixel to pixel, channel to channel.
    {
      [`${n}_offset`]: 'vec4u',
      [`${n}_stride`]: 'vec4u',
      [`${n}_gain`]: 'vec4f',
      [`${n}_bias`]: 'vec4f',
    },
    [{ name: n, kind: 'read' }],
  )
}
