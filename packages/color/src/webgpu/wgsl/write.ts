import { type Part, part } from './part.js'
import { grayPart, packedBytes, packedWords, yuvPart } from './write-pixels.js'
import { numbersPerWord, type TensorWriter, tensorPart } from './write-tensor.js'

/** What is written, as far as it changes the text. */
export type Writer =
  | TensorWriter
  | { readonly kind: 'packed'; readonly bytes: 3 | 4 }
  | { readonly kind: 'gray' }
  | { readonly kind: 'yuv'; readonly interleaved: boolean; readonly down: 'mean' | 'cosited' }
  | { readonly kind: 'texture'; readonly float: boolean; readonly premultiply: boolean }

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
