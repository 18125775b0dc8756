import { axisSampling, type Run, type Subsampling } from '../axis-sampling.js'
import type { Row } from '../color-map.js'
import type { SamplingPlan } from '../geometry.js'
import type { Arena } from './arena.js'
import { type AffineSampling, affineRows, affineSampling } from './sampling.js'
import { byteTable, floatTable, unit } from './tables.js'

/** One plane of samples and how it reaches the target's grid. */
export interface PlaneSpec {
  readonly plan: SamplingPlan
  readonly subsampling: Subsampling
  readonly floats: boolean
  /** Whether resampled values are cut to 0..255 before they are mixed. */
  readonly clamp: boolean
}

/** One channel of the target: a mix of up to three planes, cut to lo..hi. */
export interface ChannelSpec {
  readonly planes: readonly [number, number, number]
  readonly row: Row
  readonly lo: number
  readonly hi: number
  /** The value where there is no picture; undefined where padding does not touch the channel. */
  readonly pad: number | undefined
}

export interface TaskSpec {
  readonly width: number
  readonly height: number
  readonly planes: readonly PlaneSpec[]
  readonly channels: readonly ChannelSpec[]
  readonly layout: 'planar' | 'interleaved' | 'yuv'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  readonly cosited: boolean
  readonly chromaPlanar: boolean
  readonly spans: Int32Array | undefined
  /** How the result is laid over what the target holds; it replaces it without. */
  readonly blend?: BlendSpec
}

export interface BlendSpec {
  /** The plane of weights, where there is one. */
  readonly mask: number | undefined
  /** Weights of columns and rows, where the edges are feathered. */
  readonly ramps: { readonly x: Float32Array; readonly y: Float32Array } | undefined
}

/** The samples of a plane that some target rows read. */
export interface Window {
  readonly x0: number
  readonly x1: number
  readonly y0: number
  readonly y1: number
}

/** A spec as the kernels read it, in one piece of engine memory. */
export interface Task {
  readonly spec: TaskSpec
  readonly address: number
  window(plane: number, t0: number, t1: number): Window
  setPlane(plane: number, src: number, stride: number): void
  setTarget(dst: number, rowStride: number, planeStride: number): void
  setChroma(u: number, v: number, uStride: number, vStride: number): void
}

// The field offsets of Task, Plane and Channel in assembly/pipeline.ts.
const taskBytes = 100
const planeBytes = 64
const channelBytes = 48
const taskField = { dst: 32, u: 44 } as const
const kinds = {
  bytes: 0,
  bytesTwice: 1,
  gather: 2,
  gatherWide: 3,
  floats: 4,
  gatherFloat: 5,
  gatherTwice: 6,
  affineBytes: 7,
  affineFloats: 8,
} as const
/** Kinds whose weights, and so whose rows, are Q14. */
const fixedPoint: ReadonlySet<number> = new Set([kinds.gather, kinds.gatherWide, kinds.gatherTwice])
const layouts = { planar: 0, interleaved: 1, yuv: 2 } as const
const dtypes = { float32: 0, float16: 1, uint8: 2 } as const
const scratchRows = 14

interface PlanePlan {
  readonly kind: number
  readonly xTable: Uint8Array | number
  readonly xParam: number
  readonly rows: readonly Run[]
  readonly yTable: Uint8Array
  readonly yEntry: number
  readonly ringRows: number
  readonly affine: AffineSampling | undefined
  readonly columns: readonly [number, number]
}

function isShift(columns: readonly Run[], step: (i: number) => number): boolean {
  const first = columns[0]!.first
  return columns.every((run, i) => run.weights.length === 1 && run.weights[0] === 1 && run.first === first + step(i))
}

function columnPlan(columns: readonly Run[], floats: boolean): Pick<PlanePlan, 'kind' | 'xTable' | 'xParam'> {
  const first = columns[0]!.first
  if (isShift(columns, (i) => i)) {
    return floats
      ? { kind: kinds.floats, xTable: first * 4, xParam: 0 }
      : { kind: kinds.bytes, xTable: first, xParam: 0 }
  }
  if (floats) {
    const { bytes, param } = floatTable(columns)
    return { kind: kinds.gatherFloat, xTable: bytes, xParam: param }
  }
  if (isShift(columns, (i) => i >> 1)) return { kind: kinds.bytesTwice, xTable: first, xParam: 0 }
  const { bytes, kind, param } = byteTable(columns)
  return { kind: kinds[kind], xTable: bytes, xParam: param }
}

function planPlane({ plan, subsampling, floats }: PlaneSpec): PlanePlan {
  const axes = axisSampling(plan, subsampling)
  if (axes === undefined) {
    const affine = affineSampling(plan, subsampling)
    const kind = floats ? kinds.affineFloats : kinds.affineBytes
    const [x0, , x1] = affine.bounds
    return {
      kind,
      xTable: 0,
      xParam: 0,
      rows: [],
      yTable: new Uint8Array(0),
      yEntry: 0,
      ringRows: 0,
      affine,
      columns: [x0, x1],
    }
  }
  const { columns, rows } = axes
  const across = columnPlan(columns, floats)
  const gathered = fixedPoint.has(across.kind)
  const { bytes: yTable, param: yEntry } = floatTable(rows, gathered ? 1 / unit : 1)
  return {
    ...across,
    rows,
    yTable,
    yEntry,
    ringRows: rows.reduce((most, { weights }) => Math.max(most, weights.length), 1),
    affine: undefined,
    columns: [
      columns.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
      columns.reduce((most, { first, weights }) => Math.max(most, first + weights.length), 0),
    ],
  }
}

/** Room for n float values: whole blocks of 16 and one more, as n4 in assembly/pipeline.ts. */
function floatRowBytes(n: number): number {
  return ((n + 31) & ~15) * 4
}

const align = (bytes: number): number => (bytes + 15) & ~15

/** Writes the task into the arena; `take` provides its memory. */
export function buildTask(arena: Arena, take: (bytes: number) => number, spec: TaskSpec): Task {
  const { width, height, channels } = spec
  const plans = spec.planes.map(planPlane)
  const rowBytes = floatRowBytes(width)
  let size = 0
  const room = (bytes: number): number => {
    const at = size
    size += align(bytes)
    return at
  }
  const at = {
    task: room(taskBytes),
    planes: room(planeBytes * plans.length),
    channels: room(channelBytes * channels.length),
    spans: room(spec.spans?.byteLength ?? 0),
    scratch: room(rowBytes * scratchRows),
    bounce: room(64),
    xRamp: room(spec.blend?.ramps === undefined ? 0 : rowBytes),
    yRamp: room(spec.blend?.ramps?.y.byteLength ?? 0),
    each: plans.map((plan) => ({
      xTable: room(typeof plan.xTable === 'number' ? 0 : plan.xTable.length),
      yTable: room(plan.yTable.length),
      ring: room(rowBytes * plan.ringRows),
      tags: room(4 * plan.ringRows),
      out: room(rowBytes),
      affine: room(plan.affine === undefined ? 0 : 116),
      terms: room(8 * Math.max(2, plan.ringRows)),
    })),
  }
  const base = take(size)
  const view = new DataView(arena.memory.buffer, base, size)
  const ints = (offset: number, values: readonly number[]): void => {
    values.forEach((value, i) => {
      view.setInt32(offset + i * 4, value, true)
    })
  }
  const copy = (offset: number, bytes: Uint8Array): void => arena.bytes.set(bytes, base + offset)
  ints(at.task, [
    plans.length,
    base + at.planes,
    channels.length,
    base + at.channels,
    width,
    height,
    layouts[spec.layout],
    dtypes[spec.dtype],
  ])
  ints(at.task + 60, [
    spec.chromaPlanar ? 1 : 0,
    spec.cosited ? 1 : 0,
    spec.spans === undefined ? 0 : base + at.spans,
    base + at.scratch,
    rowBytes,
    base + at.bounce,
    spec.blend === undefined ? 0 : 1,
    spec.blend?.mask ?? -1,
    spec.blend?.ramps === undefined ? 0 : base + at.xRamp,
    spec.blend?.ramps === undefined ? 0 : base + at.yRamp,
  ])
  if (spec.spans !== undefined) ints(at.spans, [...spec.spans])
  const ramps = spec.blend?.ramps
  if (ramps !== undefined) {
    copy(at.xRamp, new Uint8Array(ramps.x.buffer))
    copy(at.yRamp, new Uint8Array(ramps.y.buffer))
  }
  plans.forEach((plan, p) => {
    const own = at.each[p]!
    const x = typeof plan.xTable === 'number' ? plan.xTable : base + own.xTable
    if (typeof plan.xTable !== 'number') copy(own.xTable, plan.xTable)
    copy(own.yTable, plan.yTable)
    ints(at.planes + p * planeBytes + 8, [
      plan.kind,
      x,
      plan.xParam,
      base + own.yTable,
      plan.yEntry,
      base + own.ring,
      plan.ringRows,
      base + own.tags,
      base + own.out,
      spec.planes[p]!.clamp ? 1 : 0,
      base + own.affine,
      base + own.terms,
    ])
    if (plan.affine !== undefined) {
      const { map, ratio, shift, limits, bounds, kernel } = plan.affine
      ;[...map, ratio, shift, ...limits].forEach((value, i) => {
        view.setFloat64(own.affine + i * 8, value, true)
      })
      ints(own.affine + 96, [...bounds, kernel])
    }
  })
  channels.forEach((channel, c) => {
    const offset = at.channels + c * channelBytes
    ints(offset, channel.planes)
    ;[channel.pad ?? 0, ...channel.row, channel.lo, channel.hi].forEach((value, i) => {
      view.setFloat32(offset + 12 + i * 4, value, true)
    })
    ints(offset + 40, [channel.pad === undefined ? 0 : 1])
  })
  return {
    spec,
    address: base,
    window(plane, t0, t1) {
      const { affine, rows, columns } = plans[plane]!
      if (affine !== undefined) {
        const [y0, y1] = affineRows(affine, width, t0, t1)
        return { x0: columns[0], x1: columns[1], y0, y1 }
      }
      let [y0, y1] = [Number.POSITIVE_INFINITY, 0]
      for (let t = t0; t < t1; t++) {
        const { first, weights } = rows[t]!
        y0 = Math.min(y0, first)
        y1 = Math.max(y1, first + weights.length)
      }
      return { x0: columns[0], x1: columns[1], y0, y1 }
    },
    setPlane: (plane, src, stride) => ints(at.planes + plane * planeBytes, [src, stride]),
    setTarget(dst, rowStride, planeStride) {
      ints(at.task + taskField.dst, [dst, rowStride, planeStride])
    },
    setChroma(u, v, uStride, vStride) {
      ints(at.task + taskField.u, [u, v, uStride, vStride])
    },
  }
}
