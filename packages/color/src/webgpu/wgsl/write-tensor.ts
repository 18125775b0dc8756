import { join, type Part, part } from './part.js'
import { byte, main, target } from './write-common.js'

/** A tensor as far as it changes the text; `rows` where no word holds numbers of two rows. */
export interface TensorWriter {
  readonly kind: 'tensor'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  readonly layout: 'NCHW' | 'NHWC'
  readonly channels: 1 | 3 | 4
  readonly bgr: boolean
  readonly rows: boolean
}

/** Numbers that fit one word. */
export function numbersPerWord(dtype: TensorWriter['dtype']): 1 | 2 | 4 {
  return dtype === 'float32' ? 1 : dtype === 'float16' ? 2 : 4
}

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

function wordOf(dtype: TensorWriter['dtype'], values: readonly string[]): string {
  if (dtype === 'float32') return `bitcast<u32>(${values[0]})`
  const [make, bits] = dtype === 'float16' ? ['half', 16] : ['byte', 8]
  return values.map((v, i) => (i === 0 ? `${make}(${v})` : `(${make}(${v}) << ${i * bits}u)`)).join(' | ')
}

/** Pixels as a tensor's numbers: normalised, converted, laid out. */
export function tensorPart(writer: TensorWriter): Part {
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
