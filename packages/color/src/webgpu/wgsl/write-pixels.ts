import { join, type Part, part } from './part.js'
import { matrixPart } from './picture.js'
import { byte, main, target } from './write-common.js'

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

// Size in pixels; per plane: first word and words of a row.
const planeFields = { size: 'vec4i', first_words: 'vec4u', row_words: 'vec4u' } as const

/** RGBA and BGRA. */
export const packedWords: Part = join(
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

/** RGB and BGR. */
export const packedBytes: Part = join(
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

export const grayPart: Part = join(
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
export function yuvPart({
  interleaved,
  down,
}: {
  readonly interleaved: boolean
  readonly down: 'mean' | 'cosited'
}): Part {
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
