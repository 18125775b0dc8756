// What runRows is told to do, as src/wasm/task.ts writes it into memory.

// How a plane's row becomes a float row.
export const BYTES = 0
export const BYTES_TWICE = 1
export const GATHER = 2
export const GATHER_WIDE = 3
export const FLOATS = 4
export const GATHER_FLOAT = 5
export const GATHER_TWICE = 6
export const AFFINE_BYTES = 7

@unmanaged
export class Plane {
  src: usize // of row 0, which need not be there itself
  stride: i32
  kind: i32
  xTable: usize // or the first byte of a row that is not gathered
  xParam: i32 // pairs, steps, or bytes of an entry
  yTable: usize // i32 first row, i32 count, f32 weights
  yEntry: i32
  ring: usize // float rows kept, and which source row each holds
  ringRows: i32
  tags: usize
  out: usize
  clamp: i32
  affine: usize
  terms: usize // u32 address and f32 weight of the rows that make this target row
  count: i32 // of terms whose sum this target row is
  spare: i32
}

@unmanaged
export class Channel {
  a: i32 // plane indices
  b: i32
  c: i32
  pad: f32
  k0: f32
  k1: f32
  k2: f32
  k3: f32
  lo: f32
  hi: f32
  padded: i32
  spare: i32
}

// How channels lie in the target.
export const PLANAR = 0
export const INTERLEAVED = 1

export const FLOAT32 = 0
export const FLOAT16 = 1

@unmanaged
export class Task {
  planeCount: i32
  planes: usize
  channelCount: i32
  channels: usize
  width: i32
  height: i32
  layout: i32
  dtype: i32
  dst: usize // row 0 of the strip
  rowStride: i32
  planeStride: i32
  u: usize
  v: usize
  uStride: i32
  vStride: i32
  chromaPlanar: i32
  cosited: i32
  spans: usize // i32 x0, x1 a row: where the picture is; 0 without padding
  scratch: usize // float rows
  scratchRow: i32 // bytes of one
  bounce: usize
  blend: i32 // whether the result is laid over what the target holds
  mask: i32 // the plane of weights, or -1
  xRamp: usize // f32 a column, f32 a row; 0 without
  yRamp: usize
}
