import { join, type Part, part } from './part.js'
import { type Reader, sampleType } from './read.js'

/** How target pixels find their samples, as far as it changes the shader's text. */
export interface Sampling {
  /** Pixel centre to pixel centre; by tables of columns and rows; or any affine map, worked out for each pixel. */
  readonly mode: 'exact' | 'axes' | 'nearest' | 'bilinear' | 'bicubic'
  readonly chroma: 'nearest' | 'linear'
  /** Whether the shader asks which target pixels hold picture. */
  readonly inside: boolean
}

/**
 * n_at(t), the samples of picture `n` at target pixel t: Y, U, V and 255; luma in x; or R, G, B and alpha. With `inside`, also n_inside(t).
 * Of an axis-aligned map the tables hold, for each column and row, first sample, number of taps (top bit: outside) and the weights.
 */
export function samplingPart(n: string, reader: Reader, sampling: Sampling): Part {
  const full = sampleType(reader)
  const half = reader.kind === 'yuv'
  const value = {
    yuv: `vec4f(${n}_full_at(t), ${n}_half_at(t), 255.0)`,
    gray: `vec4f(${n}_full_at(t), 0.0, 0.0, 255.0)`,
    rgb: `${n}_full_at(t)`,
  }[half ? 'yuv' : full === 'f32' ? 'gray' : 'rgb']
  const at = part(`fn ${n}_at(t: vec2i) -> vec4f {\n  return ${value};\n}`)
  return join(...planes(n, full, half, sampling), at)
}

function planes(n: string, full: string, half: boolean, sampling: Sampling): readonly Part[] {
  switch (sampling.mode) {
    case 'exact':
      return [
        exactPart(n, full),
        ...(half ? [exactChroma(n, sampling.chroma)] : []),
        ...(sampling.inside ? [exactInside(n)] : []),
      ]
    case 'axes':
      return [
        axesPart(n, 'full', full),
        ...(half ? [axesPart(n, 'half', 'vec2f')] : []),
        ...(sampling.inside ? [axesInside(n)] : []),
      ]
    case 'nearest':
    case 'bilinear':
    case 'bicubic':
      return [
        fixedPoint,
        affinePart(n, 'full', full, sampling.mode),
        ...(half ? [affinePart(n, 'half', 'vec2f', sampling.mode)] : []),
        ...(sampling.inside ? [affineInside(n)] : []),
      ]
    default:
      return sampling.mode satisfies never
  }
}

function exactPart(n: string, type: string): Part {
  return part(
    `
fn ${n}_pixel(t: vec2i) -> vec2i {
  let m = p.${n}_map;
  return vec2i(m.x * t.x + m.y * t.y, m.z * t.x + m.w * t.y) + p.${n}_shift.xy;
}
fn ${n}_full_at(t: vec2i) -> ${type} {
  let s = clamp(${n}_pixel(t), p.${n}_bounds.xy, p.${n}_bounds.zw);
  return ${n}_full(s.x, s.y);
}`,
    // Bounds are inclusive.
    { [`${n}_map`]: 'vec4i', [`${n}_shift`]: 'vec4i', [`${n}_bounds`]: 'vec4i' },
  )
}

function exactChroma(n: string, chroma: Sampling['chroma']): Part {
  const clamped = `let s = clamp(${n}_pixel(t), p.${n}_bounds.xy, p.${n}_bounds.zw);`
  if (chroma === 'nearest') {
    return part(`fn ${n}_half_at(t: vec2i) -> vec2f {\n  ${clamped}\n  return ${n}_half(s.x >> 1u, s.y >> 1u);\n}`)
  }
  // Left-sited: column 2k holds sample k, column 2k + 1 is midway; rows 2k and 2k + 1 lie a quarter either side of sample k.
  return part(
    `
fn ${n}_half_at(t: vec2i) -> vec2f {
  ${clamped}
  let odd = vec2f(s & vec2i(1));
  let weight = vec2f(odd.x * 0.5, 0.75 - odd.y * 0.5);
  let first = vec2i(s.x >> 1u, (s.y >> 1u) - 1 + (s.y & 1));
  let a = clamp(first, p.${n}_half_bounds.xy, p.${n}_half_bounds.zw);
  let b = clamp(first + vec2i(1), p.${n}_half_bounds.xy, p.${n}_half_bounds.zw);
  let above = mix(${n}_half(a.x, a.y), ${n}_half(b.x, a.y), weight.x);
  let below = mix(${n}_half(a.x, b.y), ${n}_half(b.x, b.y), weight.x);
  return mix(above, below, weight.y);
}`,
    { [`${n}_half_bounds`]: 'vec4i' },
  )
}

function exactInside(n: string): Part {
  return part(`
fn ${n}_inside(t: vec2i) -> bool {
  let s = ${n}_pixel(t);
  return all(s >= p.${n}_bounds.xy) && all(s <= p.${n}_bounds.zw);
}`)
}

function axesPart(n: string, plane: 'full' | 'half', type: string): Part {
  const axes = `p.${n}_${plane}_axes`
  return part(
    `
fn ${n}_${plane}_at(t: vec2i) -> ${type} {
  let column = ${axes}.x + u32(t.x) * ${axes}.z;
  let row = ${axes}.y + u32(t.y) * ${axes}.w;
  let x = i32(tables[column]);
  let y = i32(tables[row]);
  let columns = tables[column + 1u] & 0x7fffffffu;
  let rows = tables[row + 1u] & 0x7fffffffu;
  var sum = ${type}();
  for (var j = 0u; j < rows; j++) {
    var line = ${type}();
    for (var i = 0u; i < columns; i++) {
      line += bitcast<f32>(tables[column + 2u + i]) * ${n}_${plane}(x + i32(i), y + i32(j));
    }
    sum += bitcast<f32>(tables[row + 2u + j]) * line;
  }
  return sum;
}`,
    // Where the entries of columns and rows begin in the tables, and their lengths.
    { [`${n}_${plane}_axes`]: 'vec4u' },
  )
}

function axesInside(n: string): Part {
  return part(`
fn ${n}_inside(t: vec2i) -> bool {
  let column = p.${n}_full_axes.x + u32(t.x) * p.${n}_full_axes.z;
  let row = p.${n}_full_axes.y + u32(t.y) * p.${n}_full_axes.w;
  return ((tables[column + 1u] | tables[row + 1u]) & 0x80000000u) == 0u;
}`)
}

// float32 has too few bits for a coordinate and its fraction: whole pixels and parts of 2^-32 apart.
const fixedPoint: Part = part(`
struct Coordinate {
  whole: i32,
  rest: u32,
}
fn high(x: u32, y: u32) -> u32 {
  return (x * (y >> 16u) + ((x * (y & 0xffffu)) >> 16u)) >> 16u;
}
fn coordinate(t: vec2i, whole: vec4i, rest: vec4u) -> Coordinate {
  let about = f32(t.x) * f32(whole.x) + f32(t.y) * f32(whole.y) + f32(whole.z);
  if (abs(about) > 1e6) {
    return Coordinate(select(-1000000, 1000000, about > 0.0), 0u);
  }
  let x = u32(t.x) * rest.x;
  let y = u32(t.y) * rest.y;
  let xy = x + y;
  let sum = xy + rest.z;
  let carry = high(u32(t.x), rest.x) + high(u32(t.y), rest.y) + u32(xy < x) + u32(sum < xy);
  return Coordinate(t.x * whole.x + t.y * whole.y + whole.z + i32(carry), sum);
}`)

// At or after its second half a pixel is nearer to the next.
const nearer = (c: string): string => `${c}.whole + i32(${c}.rest >> 31u)`

function affinePart(n: string, plane: 'full' | 'half', type: string, kernel: 'nearest' | 'bilinear' | 'bicubic'): Part {
  const prefix = `${n}_${plane}`
  const bounds = `${prefix}_bounds`
  const taps = kernel === 'bicubic' ? 4 : 2
  const body =
    kernel === 'nearest'
      ? `  let s = clamp(vec2i(${nearer('u')}, ${nearer('v')}), p.${bounds}.xy, p.${bounds}.zw);
  return ${prefix}(s.x, s.y);`
      : `  let weights_x = ${prefix}_weights(f32(u.rest) * 0x1p-32);
  let weights_y = ${prefix}_weights(f32(v.rest) * 0x1p-32);
  let first = vec2i(u.whole, v.whole)${kernel === 'bicubic' ? ' - vec2i(1)' : ''};
  var sum = ${type}();
  for (var j = 0; j < ${taps}; j++) {
    var line = ${type}();
    for (var i = 0; i < ${taps}; i++) {
      let s = clamp(first + vec2i(i, j), p.${bounds}.xy, p.${bounds}.zw);
      line += weights_x[i] * ${prefix}(s.x, s.y);
    }
    sum += weights_y[j] * line;
  }
  return sum;`
  return join(
    ...(kernel === 'nearest' ? [] : [weightsPart(prefix, kernel)]),
    part(
      `
fn ${prefix}_at(t: vec2i) -> ${type} {
  let u = coordinate(t, p.${prefix}_x_whole, p.${prefix}_x_rest);
  let v = coordinate(t, p.${prefix}_y_whole, p.${prefix}_y_rest);
${body}
}`,
      {
        [`${prefix}_x_whole`]: 'vec4i',
        [`${prefix}_y_whole`]: 'vec4i',
        [`${prefix}_x_rest`]: 'vec4u',
        [`${prefix}_y_rest`]: 'vec4u',
        [bounds]: 'vec4i',
      },
    ),
  )
}

// Cubic convolution (Keys 1981) with a = -0.75.
function weightsPart(prefix: string, kernel: 'bilinear' | 'bicubic'): Part {
  if (kernel === 'bilinear') return part(`fn ${prefix}_weights(f: f32) -> vec2f {\n  return vec2f(1.0 - f, f);\n}`)
  return part(`
fn ${prefix}_weights(f: f32) -> vec4f {
  let far = vec2f(1.0 + f, 2.0 - f);
  let near = vec2f(f, 1.0 - f);
  let outer = (((far - 5.0) * far + 8.0) * far - 4.0) * -0.75;
  let inner = (1.25 * near - 2.25) * near * near + 1.0;
  return vec4f(outer.x, inner.x, inner.y, outer.y);
}`)
}

function affineInside(n: string): Part {
  return part(
    `
fn ${n}_inside(t: vec2i) -> bool {
  let span = p.${n}_spans.x + u32(t.y) * 2u;
  return t.x >= i32(tables[span]) && t.x < i32(tables[span + 1u]);
}`,
    // Where the table of rows begins: the first column with picture and the first without, for each.
    { [`${n}_spans`]: 'vec4u' },
  )
}
