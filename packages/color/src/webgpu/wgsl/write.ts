import { join, type Part, part } from './part.js'
import { matrixPart } from './picture.js'

const target = [{ name: 'written', kind: 'write' }] as const

const byte = part(`
fn byte(v: f32) -> u32 {
  return u32(clamp(floor(v + 0.5), 0.0, 255.0));
}`)

// Bytes beyond a row's end are another's: they are kept.
const put = part(
  `
fn put(at: u32, word: u32, bytes: i32) {
  if (bytes >= 4) {
    written[at] = word;
  } else if (bytes > 0) {
    let mask = (1u << (u32(bytes) * 8u)) - 1u;
    written[at] = (written[at] & ~mask) | (word & mask);
  }
}`,
  {},
  target,
)

/** Rounds to nearest even, which f16() does not promise; beyond 65519 is infinity. */
const half = part(`
fn half(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x477ff000u) {
    return sign | 0x7c00u;
  }
  if (magnitude < 0x38800000u) {
    return sign | u32(round(abs(v) * 0x1p24));
  }
  return sign | ((magnitude + 0xfffu + ((magnitude >> 13u) & 1u) - 0x38000000u) >> 13u);
}`)

const main = (body: string): string =>
  `@compute @workgroup_size(8, 8)\nfn main(@builtin(global_invocation_id) id: vec3u) {\n${body}\n}`

/** A tensor as far as it changes the text; `rows` where no word holds numbers of two rows. */
export interface TensorWriter {
  readonly kind: 'tensor'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  readonly layout: 'NCHW' | 'NHWC'
  readonly channels: 1 | 3 | 4
  readonly bgr: boolean
  readonly rows: boolean
}

/** What is written, as far as it changes the text. */
export type Writer =
  | TensorWriter
  | { readonly kind: 'packed'; readonly bytes: 3 | 4 }
  | { readonly kind: 'gray' }
  | { readonly kind: 'yuv'; readonly interleaved: boolean; readonly down: 'mean' | 'cosited' }
  | { readonly kind: 'texture'; readonly float: boolean; readonly premultiply: boolean }

/** Numbers that fit one word. */
export function numbersPerWord(dtype: TensorWriter['dtype']): 1 | 2 | 4 {
  return dtype === 'float32' ? 1 : dtype === 'float16' ? 2 : 4
}

/** Pixels (x, y) that one invocation makes: the grid to dispatch is the target's size in these. */
export function pixelsPerInvocation(writer: Writer): readonly [number, number] {
  switch (writer.kind) {
    case 'tensor':
      return [numbersPerWord(writer.dtype), 1]
    case 'packed':
      return [writer.bytes === 4 ? 1 : 4, 1]
    case 'gray':
      return [4, 1]
    case 'yuv':
      return [8, 2]
    case 'texture':
      return [1, 1]
    default:
      return writer satisfies never
  }
}

/** The entry point that calls picture(t) for each pixel and stores what it gives. */
export function writerPart(writer: Writer): Part {
  switch (writer.kind) {
    case 'tensor':
      return tensorPart(writer)
    case 'packed':
      return writer.bytes === 4 ? packedWords : packedBytes
    case 'gray':
      return grayPart
    case 'yuv':
      return yuvPart(writer)
    case 'texture':
      return texturePart(writer)
    default:
      return writer satisfies never
  }
}

function wordOf(dtype: TensorWriter['dtype'], values: readonly string[]): string {
  if (dtype === 'float32') return `bitcast<u32>(${values[0]})`
  const [make, bits] = dtype === 'float16' ? ['half', 16] : ['byte', 8]
  return values.map((v, i) => (i === 0 ? `${make}(${v})` : `(${make}(${v}) << ${i * bits}u)`)).join(' | ')
}

function tensorPart(writer: TensorWriter): Part {
  const { dtype, channels, bgr } = writer
  const order = channels === 1 ? 'v.xxxx' : bgr ? 'v.zyxw' : 'v'
  const value = dtype === 'uint8' ? order : `${order} * p.gain + p.bias`
  const channelsPart = part(
    `fn channels(t: vec2i) -> vec4f {\n  let v = picture(t);\n  return ${value};\n}`,
    dtype === 'uint8' ? {} : { gain: 'vec4f', bias: 'vec4f' },
  )
  const convert = dtype === 'float16' ? [half] : dtype === 'uint8' ? [byte] : []
  return join(...convert, channelsPart, writer.rows ? tensorRows(writer) : tensorFlat(writer))
}

function tensorRows({ dtype, layout, channels }: TensorWriter): Part {
  const count = numbersPerWord(dtype)
  const pixels = Array.from({ length: count }, (_, i) => i)
  const lanes = Array.from({ length: channels }, (_, c) => c)
  const values = pixels.map((i) => `  let v${i} = channels(vec2i(x${i === 0 ? '' : ` + ${i}`}, y));`)
  const words =
    layout === 'NCHW'
      ? lanes.map((c) => ({ at: `${c}u * p.tensor.y`, values: pixels.map((i) => `v${i}[${c}]`) }))
      : lanes.map((w) => ({
          at: `${w}u`,
          values: pixels.map((k) => `v${Math.floor((w * count + k) / channels)}[${(w * count + k) % channels}]`),
        }))
  const step = layout === 'NCHW' ? '' : ` * ${channels}u`
  return part(
    main(`  if (id.x >= p.tensor.z || id.y >= p.tensor.w) {
    return;
  }
  let x = i32(id.x)${count === 1 ? '' : ` * ${count}`};
  let y = i32(id.y);
${values.join('\n')}
  let at = p.tensor.x + (id.y * p.tensor.z + id.x)${step};
${words.map((word) => `  written[at + ${word.at}] = ${wordOf(dtype, word.values)};`).join('\n')}`),
    // First word, words of a plane, words of a row, rows.
    { tensor: 'vec4u' },
    target,
  )
}

/** Numbers one by one: a word may hold the end of a row and the beginning of the next. */
function tensorFlat({ dtype, layout, channels }: TensorWriter): Part {
  const count = numbersPerWord(dtype)
  const [channel, pixel] =
    layout === 'NCHW' ? ['at / p.tensor.w', 'at % p.tensor.w'] : [`at % ${channels}u`, `at / ${channels}u`]
  const numbers = Array.from({ length: count }, (_, i) => `number(word * ${count}u${i === 0 ? '' : ` + ${i}u`})`)
  return part(
    `
fn number(at: u32) -> f32 {
  if (at >= p.tensor.w * ${channels}u) {
    return 0.0;
  }
  let pixel = ${pixel};
  return channels(vec2i(i32(pixel % p.tensor.y), i32(pixel / p.tensor.y)))[${channel}];
}
${main(`  let word = id.y * p.tensor.z + id.x;
  if (id.x >= p.tensor.z || word * ${count}u >= p.tensor.w * ${channels}u) {
    return;
  }
  written[p.tensor.x + word] = ${wordOf(dtype, numbers)};`)}`,
    // First word, width, words of a dispatched row, pixels.
    { tensor: 'vec4u' },
    target,
  )
}

// Size in pixels; per plane: first word and words of a row.
const planeFields = { size: 'vec4i', first_words: 'vec4u', row_words: 'vec4u' } as const

const packedWords = join(
  byte,
  part(
    main(`  if (any(vec2i(id.xy) >= p.size.xy)) {
    return;
  }
  let v = picture(vec2i(id.xy));
  let order = p.order * 8u;
  written[p.first_words.x + id.y * p.row_words.x + id.x] =
    (byte(v.x) << order.x) | (byte(v.y) << order.y) | (byte(v.z) << order.z) | (byte(v.w) << order.w);`),
    { ...planeFields, order: 'vec4u' },
    target,
  ),
)

const packedBytes = join(
  byte,
  put,
  part(
    main(`  let x = i32(id.x) * 4;
  if (x >= p.size.x || i32(id.y) >= p.size.y) {
    return;
  }
  var words: array<u32, 3>;
  for (var i = 0; i < 4 && x + i < p.size.x; i++) {
    let v = picture(vec2i(x + i, i32(id.y)));
    let bytes = vec3u(byte(v.x), byte(v.y), byte(v.z));
    for (var c = 0u; c < 3u; c++) {
      let at = u32(i) * 3u + p.order[c];
      words[at >> 2u] |= bytes[c] << ((at & 3u) * 8u);
    }
  }
  let at = p.first_words.x + id.y * p.row_words.x + id.x * 3u;
  let end = (p.size.x - x) * 3;
  for (var w = 0; w < 3; w++) {
    put(at + u32(w), words[w], end - w * 4);
  }`),
    { ...planeFields, order: 'vec4u' },
  ),
)

const grayPart = join(
  byte,
  put,
  matrixPart('stored'),
  part(
    main(`  let x = i32(id.x) * 4;
  if (x >= p.size.x || i32(id.y) >= p.size.y) {
    return;
  }
  var word = 0u;
  for (var i = 0; i < 4 && x + i < p.size.x; i++) {
    word |= byte(stored(picture(vec2i(x + i, i32(id.y))).xyz).x) << (u32(i) * 8u);
  }
  put(p.first_words.x + id.y * p.row_words.x + id.x, word, p.size.x - x);`),
    planeFields,
  ),
)

/** Blocks of 8 x 2 pixels: whole words of luma and of chroma. */
function yuvPart({ interleaved, down }: Extract<Writer, { kind: 'yuv' }>): Part {
  const counted = down === 'mean' ? 'true' : 'i == 0 && j == 0'
  const chroma = interleaved
    ? `    let pair = (byte(c.y) << p.order.x) | (byte(c.z) << p.order.y);
    u_words[b >> 1u] |= pair << ((u32(b) & 1u) * 16u);`
    : `    u_words[0] |= byte(c.y) << (u32(b) * 8u);
    u_words[1] |= byte(c.z) << (u32(b) * 8u);`
  const store = interleaved
    ? `  let chroma = p.first_words.y + id.y * p.row_words.y + id.x * 2u;
  put(chroma, u_words[0], (half_width - x / 2) * 2);
  put(chroma + 1u, u_words[1], (half_width - x / 2) * 2 - 4);`
    : `  put(p.first_words.y + id.y * p.row_words.y + id.x, u_words[0], half_width - x / 2);
  put(p.first_words.z + id.y * p.row_words.z + id.x, u_words[1], half_width - x / 2);`
  return join(
    byte,
    put,
    matrixPart('stored'),
    part(
      main(`  let x = i32(id.x) * 8;
  let y = i32(id.y) * 2;
  if (x >= p.size.x || y >= p.size.y) {
    return;
  }
  var y_words: array<u32, 4>;
  var u_words: array<u32, 2>;
  for (var b = 0; b < 4 && x + b * 2 < p.size.x; b++) {
    var sum = vec3f();
    var count = 0.0;
    for (var j = 0; j < 2 && y + j < p.size.y; j++) {
      for (var i = 0; i < 2 && x + b * 2 + i < p.size.x; i++) {
        let v = picture(vec2i(x + b * 2 + i, y + j)).xyz;
        y_words[j * 2 + (b >> 1u)] |= byte(stored(v).x) << (u32((b & 1) * 2 + i) * 8u);
        if (${counted}) {
          sum += v;
          count += 1.0;
        }
      }
    }
    let c = stored(sum / count);
${chroma}
  }
  let luma = p.first_words.x + id.y * 2u * p.row_words.x + id.x * 2u;
  for (var j = 0; j < 2 && y + j < p.size.y; j++) {
    put(luma + u32(j) * p.row_words.x, y_words[j * 2], p.size.x - x);
    put(luma + u32(j) * p.row_words.x + 1u, y_words[j * 2 + 1], p.size.x - x - 4);
  }
  let half_width = (p.size.x + 1) / 2;
${store}`),
      interleaved ? { ...planeFields, order: 'vec4u' } : planeFields,
    ),
  )
}

function texturePart({ float, premultiply }: Extract<Writer, { kind: 'texture' }>): Part {
  const pixel = float ? 'v' : 'floor(clamp(v, vec4f(0.0), vec4f(255.0)) + 0.5)'
  const color = premultiply ? 'vec4f(c.xyz * c.w, c.w)' : 'c'
  return part(`
@vertex
fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment
fn main(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let v = picture(vec2i(at.xy));
  let c = ${pixel} / 255.0;
  return ${color};
}`)
}
