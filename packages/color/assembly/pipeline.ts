import { layOver, weighRow } from './blend'
import { twice, unzip, unzipPairs, zip, zipPairs } from './bytes'
import { floatToHalf } from './half'
import { affineRow, gatherBytes, gatherFloat, gatherTwice, gatherWide } from './resample'
import { bytesToFloat, clampFloat, decimate, fillFloat, floatToBytes, halve, mix, mix3, sumRows, zipFloat } from './rows'
import { AFFINE_BYTES, BYTES, BYTES_TWICE, FLOAT16, FLOAT32, FLOATS, GATHER, GATHER_TWICE, GATHER_WIDE, INTERLEAVED, PLANAR, Channel, Plane, Task } from './task'

// The general path, one target row at a time: each plane is resampled to a float row, the rows are mixed into the target's channels,
// the channels are laid out. What to do is data: descriptors (task.ts) that the engine writes once a plan.

function sourceRow(plane: Plane, y: i32, n: i32, dst: usize): void {
  const src = plane.src + y * plane.stride
  switch (plane.kind) {
    case BYTES:
      bytesToFloat(src + plane.xTable, n, 1, 0, dst)
      break
    case BYTES_TWICE: {
      // The bytes lie at the end of the float row, which they fill from the front.
      twice(src + plane.xTable, (n + 1) >> 1, dst + 3 * n)
      bytesToFloat(dst + 3 * n, n, 1, 0, dst)
      break
    }
    case GATHER:
      gatherBytes(src, plane.xTable, (n + 3) >> 2, plane.xParam, dst)
      break
    case GATHER_TWICE:
      gatherTwice(src, plane.xTable, (n + 3) >> 2, plane.xParam, dst)
      break
    case GATHER_WIDE:
      gatherWide(src, plane.xTable, n, plane.xParam, dst)
      break
    default:
      gatherFloat(src, plane.xTable, n, plane.xParam, dst)
  }
}

function samplePlane(plane: Plane, t: i32, n: i32): void {
  if (plane.kind >= AFFINE_BYTES) {
    if (plane.kind == AFFINE_BYTES) affineRow<u8>(plane.src, plane.stride, plane.affine, t, n, plane.out)
    else affineRow<f32>(plane.src, plane.stride, plane.affine, t, n, plane.out)
    setRow(plane, plane.out)
  } else {
    const entry = plane.yTable + t * plane.yEntry
    const first = load<i32>(entry)
    const count = load<i32>(entry, 4)
    for (let j = 0; j < count; ++j) {
      const y = first + j
      let row: usize
      if (plane.kind == FLOATS) {
        row = plane.src + y * plane.stride + plane.xTable
      } else {
        const slot = y % plane.ringRows
        row = plane.ring + slot * n4(n)
        const tag = plane.tags + (slot << 2)
        if (load<i32>(tag) != y) {
          sourceRow(plane, y, n, row)
          store<i32>(tag, y)
        }
      }
      setTerm(plane, j, row, load<f32>(entry + (j << 2), 8))
    }
    plane.count = count
    if (count > 2) settle(plane, n)
  }
  if (plane.clamp) {
    clampFloat(settledRow(plane, n), n, plane.out)
    setRow(plane, plane.out)
  }
}

@inline
function setTerm(plane: Plane, j: i32, row: usize, weight: f32): void {
  store<u32>(plane.terms + (j << 3), <u32>row)
  store<f32>(plane.terms + (j << 3), weight, 4)
}

function setRow(plane: Plane, row: usize): void {
  plane.count = 1
  setTerm(plane, 0, row, 1)
}

/** Adds up the weighed rows where that was put off. */
function settle(plane: Plane, n: i32): void {
  sumRows(plane.terms, plane.count, n, plane.out)
  setRow(plane, plane.out)
}

/** The plane's values in one row. */
function settledRow(plane: Plane, n: i32): usize {
  if (plane.count > 1 || load<f32>(plane.terms, 4) != 1) settle(plane, n)
  return load<u32>(plane.terms)
}

/** Bytes of a scratch row of n values: whole blocks of 16, and one more for what overlapping stores leave behind. */
@inline
function n4(n: i32): i32 {
  return ((n + 31) & ~15) << 2
}

function planeAt(task: Task, index: i32): Plane {
  return changetype<Plane>(task.planes + index * offsetof<Plane>())
}

function channelAt(task: Task, index: i32): Channel {
  return changetype<Channel>(task.channels + index * offsetof<Channel>())
}

function rowOf(task: Task, index: i32): usize {
  return settledRow(planeAt(task, index), task.width)
}

function pad(task: Task, index: i32, t: i32, row: usize): void {
  const channel = channelAt(task, index)
  if (!task.spans || !channel.padded) return
  const n = task.width
  const x0 = load<i32>(task.spans + (t << 3))
  const x1 = load<i32>(task.spans + (t << 3), 4)
  if (x0 > 0) fillFloat(row, x0, channel.pad)
  if (x1 < n) fillFloat(row + (x1 << 2), n - x1, channel.pad)
}

function mixOne(task: Task, index: i32, t: i32, dst: usize): void {
  const channel = channelAt(task, index)
  const k = changetype<usize>(channel) + offsetof<Channel>('k0')
  mix(k, rowOf(task, channel.a), rowOf(task, channel.b), rowOf(task, channel.c), task.width, dst)
  pad(task, index, t, dst)
}

/** All channels of a target row, ds bytes apart. */
function mixAll(task: Task, t: i32, dst: usize, ds: i32): void {
  let done = 0
  // Colour comes first and is mixed from the first three planes; only alpha has one of its own.
  if (task.channelCount >= 3 && channelAt(task, 0).b == 1) {
    const terms = task.bounce
    for (let p = 0; p < 3; ++p) {
      const plane = planeAt(task, p)
      const two = plane.count == 2
      memory.copy(terms + (p << 4), plane.terms, two ? 16 : 8)
      if (!two) {
        store<u32>(terms + (p << 4), load<u32>(plane.terms), 8)
        store<f32>(terms + (p << 4), 0, 12)
      }
    }
    const k = changetype<usize>(channelAt(task, 0)) + offsetof<Channel>('k0')
    mix3(k, offsetof<Channel>(), terms, task.width, dst, ds)
    for (; done < 3; ++done) pad(task, done, t, dst + done * ds)
  }
  for (; done < task.channelCount; ++done) mixOne(task, done, t, dst + done * ds)
}

// Scratch rows behind those that the layouts use.
const WEIGHTS = 9
const UNDER = 10

/** The weights of a target row; nothing is laid where there is no picture. */
function weightsOf(task: Task, t: i32): usize {
  const n = task.width
  const row = task.scratch + WEIGHTS * task.scratchRow
  const factor: f32 = task.yRamp ? load<f32>(task.yRamp + (t << 2)) : 1
  weighRow(task.mask < 0 ? 0 : rowOf(task, task.mask), task.xRamp, factor, n, row)
  if (task.spans) {
    const x0 = load<i32>(task.spans + (t << 3))
    const x1 = load<i32>(task.spans + (t << 3), 4)
    if (x0 > 0) fillFloat(row, x0, 0)
    if (x1 < n) fillFloat(row + (x1 << 2), n - x1, 0)
  }
  return row
}

/** Lays rows of bytes-to-be (size apart) over the packed row at dst. */
function layOverPacked(task: Task, t: i32, dst: usize, rows: usize): void {
  const n = task.width
  const size = task.scratchRow
  const step = task.channelCount
  const weights = weightsOf(task, t)
  let under = dst
  if (step > 1) {
    under = task.scratch + UNDER * size
    unzip(dst, 0, n, 1, step, under, size)
  }
  for (let c = 0; c < step; ++c) layOver(rows + c * size, under + c * size, weights, n)
}

/** Lays Y, U and V rows (size apart) over the target's; a block's old chroma stands for each of its pixels. */
function layOverYuv(task: Task, t: i32, dst: usize, strip: i32, rows: usize): void {
  const n = task.width
  const size = task.scratchRow
  const half = (n + 1) >> 1
  const weights = weightsOf(task, t)
  layOver(rows, dst, weights, n)
  const offset = strip >> 1
  let first = task.u + offset * task.uStride
  let second = task.v + offset * task.vStride
  const wide = task.scratch + UNDER * size
  if (!task.chromaPlanar) {
    unzipPairs(first, 0, half, 1, wide + size, 0, wide + 2 * size, 0)
    first = wide + size
    second = wide + 2 * size
  }
  twice(first, half, wide)
  layOver(rows + size, wide, weights, n)
  twice(second, half, wide)
  layOver(rows + 2 * size, wide, weights, n)
}

function emitPlanar(task: Task, t: i32, dst: usize): void {
  if (task.dtype == FLOAT32) {
    mixAll(task, t, dst, task.planeStride)
    return
  }
  mixAll(task, t, task.scratch, task.scratchRow)
  if (task.blend) layOverPacked(task, t, dst, task.scratch)
  for (let c = 0; c < task.channelCount; ++c) {
    const row = dst + c * task.planeStride
    const values = task.scratch + c * task.scratchRow
    if (task.dtype == FLOAT16) floatToHalf(values, task.width, row)
    else floatToBytes(values, task.width, 1, 0.5, row)
  }
}

function emitInterleaved(task: Task, t: i32, dst: usize): void {
  const n = task.width
  const step = task.channelCount
  const rows = task.scratch
  const size = task.scratchRow
  mixAll(task, t, rows, size)
  if (task.blend) layOverPacked(task, t, dst, rows)
  if (task.dtype == FLOAT32) {
    zipFloat(rows, rows + size, rows + 2 * size, rows + 3 * size, n, step, dst)
  } else if (task.dtype == FLOAT16) {
    const packed = rows + 4 * size
    zipFloat(rows, rows + size, rows + 2 * size, rows + 3 * size, n, step, packed)
    floatToHalf(packed, n * step, dst)
  } else {
    for (let c = 0; c < step; ++c) floatToBytes(rows + c * size, n, 1, 0.5, rows + c * size)
    zip(rows, rows + size, rows + 2 * size, rows + 3 * size, n, step, dst, task.bounce)
  }
}

/** Y at once; U and V when the second row of a block is there, or the last row is its own second. */
function emitYuv(task: Task, t: i32, dst: usize, strip: i32): void {
  const n = task.width
  const size = task.scratchRow
  const odd = t & 1
  const first = task.scratch
  const here = first + odd * 3 * size
  mixAll(task, t, here, size)
  if (task.blend) layOverYuv(task, t, dst, strip, here)
  floatToBytes(here, n, 1, 0.5, dst)
  if (n & 1) {
    for (let c = 1; c < 3; ++c) {
      const end = here + c * size + (n << 2)
      store<f32>(end, load<f32>(end - 4))
    }
  }
  if (!odd && t + 1 < task.height) return
  const half = (n + 1) >> 1
  const bytes = first + 6 * size
  for (let c = 1; c < 3; ++c) {
    const a = first + c * size
    const target = bytes + c * size
    if (task.cosited) decimate(a, half << 1, 0.5, target)
    else halve(a, odd ? a + 3 * size : a, half << 1, 0.5, target)
  }
  const u = task.u + (strip >> 1) * task.uStride
  if (task.chromaPlanar) {
    memory.copy(u, bytes + size, half)
    memory.copy(task.v + (strip >> 1) * task.vStride, bytes + 2 * size, half)
  } else {
    zipPairs(bytes + size, 0, bytes + 2 * size, 0, half, 1, u, 0)
  }
}

/** Target rows t0 <= t < t1 of the task at `address`; rows kept from another picture are forgotten when `fresh`. */
export function runRows(address: usize, t0: i32, t1: i32, fresh: bool): void {
  const task = changetype<Task>(address)
  const n = task.width
  if (fresh) {
    for (let p = 0; p < task.planeCount; ++p) {
      const plane = planeAt(task, p)
      memory.fill(plane.tags, 255, plane.ringRows << 2)
    }
  }
  for (let t = t0; t < t1; ++t) {
    for (let p = 0; p < task.planeCount; ++p) samplePlane(planeAt(task, p), t, n)
    const dst = task.dst + (t - t0) * task.rowStride
    if (task.layout == PLANAR) emitPlanar(task, t, dst)
    else if (task.layout == INTERLEAVED) emitInterleaved(task, t, dst)
    else emitYuv(task, t, dst, t - t0)
  }
}
