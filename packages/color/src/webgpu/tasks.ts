import {
  evaluate,
  lumaRow,
  type PlaneFamily,
  type RgbRows,
  type Row,
  rgbRows,
  storedRow,
  yuvRows,
} from '../color-map.js'
import { colorFamily, defaultLuma, sameColorSpace, yuvCoefficients } from '../color-space.js'
import { planPack, type SamplingPlan } from '../geometry.js'
import type { PackOptions, TensorFormat } from '../types.js'
import { type Layer, layer, type Tables } from './layer.js'
import { matrixValues } from './matrices.js'
import { type SourceShape, type TargetShape, tensorSource, tensorTarget } from './shapes.js'
import { join, type Program, part, program, type Values } from './wgsl/part.js'
import { type PictureSteps, picturePart } from './wgsl/picture.js'
import { pixelsPerInvocation, type Writer, writerPart } from './wgsl/write.js'

/** A shader, its numbers, and the grid of invocations. */
export interface Task {
  readonly program: Program
  readonly values: Values
  readonly tables: Tables
  readonly grid: readonly [number, number]
}

const rgb: PlaneFamily = { family: 'rgb' }
const thrice = (row: Row): RgbRows => [row, row, row]
const itself: RgbRows = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
]

/** What stored samples are the offsets of: subtracting it first keeps products small. */
function centreOf(family: PlaneFamily): readonly number[] {
  return family.family === 'yuv' ? [family.k.o, 128, 128] : [0, 0, 0]
}

function sourceLayer(n: string, source: SourceShape, plan: SamplingPlan, inside: boolean, tables: Tables): Layer {
  const values = Object.fromEntries(Object.entries(source.values).map(([key, value]) => [`${n}_${key}`, value]))
  return layer(n, source.reader, values, plan, inside, tables)
}

function padSteps(plan: SamplingPlan): PictureSteps['pad'] {
  const { pad, padOutside, inner, width, height } = plan
  if (pad === 'edge') return 'none'
  if (padOutside) return 'outside'
  return inner.x0 === 0 && inner.y0 === 0 && inner.x1 === width && inner.y1 === height ? 'none' : 'inner'
}

const innerOf = ({ inner }: SamplingPlan): readonly number[] => [inner.x0, inner.y0, inner.x1, inner.y1]

function assemble(
  layers: readonly Layer[],
  tables: Tables,
  steps: PictureSteps,
  writer: Writer,
  values: Values,
  grid: readonly [number, number],
): Task {
  const usesTables = layers.some((each) => each.usesTables)
  const all = join(
    ...layers.map((each) => each.part),
    part('', {}, usesTables ? [{ name: 'tables', kind: 'read' }] : []),
    picturePart(steps),
    writerPart(writer),
  )
  return {
    program: program(writer.kind === 'texture' ? 'fragment' : 'compute', all),
    values: Object.assign({}, ...layers.map((each) => each.values), values),
    tables,
    grid,
  }
}

const gridOf = (target: TargetShape): readonly [number, number] => {
  const [x, y] = pixelsPerInvocation(target.writer)
  return [Math.ceil(target.width / x), Math.ceil(target.height / y)]
}

/** Picture to tensor: geometry, sampling of each plane, YUV to RGB, clamp, normalise, lay out. */
export function packTask(source: SourceShape, tensor: TensorFormat, plan: SamplingPlan, offset: number): Task {
  const { family } = source
  const weights = yuvCoefficients(defaultLuma)
  const single = tensor.channels === 'GRAY' || tensor.channels === 'Y'
  const stored = family.family === 'yuv' ? family.k : weights
  const rows = packRows(family, tensor.channels)
  const pad = padSteps(plan)
  const [r, g, b, a] = plan.pad === 'edge' ? [0, 0, 0, 0] : plan.pad
  const padLuma = lumaRow(rgb, tensor.channels === 'Y' ? stored : weights)
  const padValue = evaluate(tensor.channels === 'Y' ? storedRow(padLuma, stored) : padLuma, r, g, b)
  const color = single || family.family !== 'rgb'
  const tables: Tables = []
  const { writer, values, grid } = tensorTarget(tensor, offset)
  return assemble(
    [sourceLayer('a', source, plan, pad === 'outside', tables)],
    tables,
    // Overshoot is cut off before RGB is weighed into luma.
    { color, clampBefore: single && family.family === 'rgb', clampAfter: true, pad, back: 'none', alpha: 'own' },
    writer,
    {
      ...values,
      ...(color && matrixValues('a_color', rows, centreOf(family))),
      pad: single ? [padValue, padValue, padValue, a] : [r, g, b, a],
      inner: innerOf(plan),
    },
    grid,
  )
}

function packRows(family: PlaneFamily, channels: TensorFormat['channels']): RgbRows {
  const weights = yuvCoefficients(defaultLuma)
  switch (channels) {
    case 'RGB':
    case 'BGR':
    case 'RGBA':
      return rgbRows(family)
    case 'GRAY':
      return thrice(lumaRow(family, weights))
    case 'Y':
      return thrice(family.family === 'yuv' ? [1, 0, 0, 0] : storedRow(lumaRow(family, weights), weights))
    default:
      return channels satisfies never
  }
}

/** What unpack draws besides the tensor. */
export interface UnpackLayers {
  readonly outside?: { readonly source: SourceShape; readonly plan: SamplingPlan } | undefined
  /** `undefined` where no alpha image was given; a source without alpha is opaque. */
  readonly alpha?: { readonly source: SourceShape; readonly plan: SamplingPlan } | undefined
}

/** Tensor to picture: denormalise, resize in float, clamp, convert, each sample rounded once. */
export function unpackTask(
  tensor: TensorFormat,
  offset: number,
  target: TargetShape,
  plan: SamplingPlan,
  extra: UnpackLayers,
): Task {
  const { outside, alpha } = extra
  const onto = colorFamily(target.format)
  const lumaOnly = tensor.channels === 'Y' && onto === 'yuv'
  const pad = padSteps(plan)
  const tables: Tables = []
  const { reader, values } = tensorSource(tensor, offset)
  const own = Object.fromEntries(Object.entries(values).map(([key, value]) => [`a_${key}`, value]))
  const layers = [layer('a', reader, own, plan, pad === 'outside' || outside !== undefined, tables)]
  if (outside) layers.push(sourceLayer('b', outside.source, outside.plan, false, tables))
  if (alpha?.source.alpha) layers.push(sourceLayer('c', alpha.source, alpha.plan, false, tables))
  const { a, o } = yuvCoefficients(defaultLuma)
  const color = tensor.channels === 'Y' && !lumaOnly
  const plain = outside?.source.family.family === 'rgb' && !lumaOnly
  return assemble(
    layers,
    tables,
    {
      color,
      clampBefore: true,
      clampAfter: color,
      pad,
      back: outside ? (plain ? 'plain' : 'color') : 'none',
      alpha: alpha ? (alpha.source.alpha ? 'layer' : 'opaque') : 'own',
    },
    target.writer,
    {
      ...target.values,
      ...(color && matrixValues('a_color', thrice([a, 0, 0, -a * o]))),
      ...(outside &&
        !plain &&
        matrixValues('b_color', backRows(outside.source, target, lumaOnly), centreOf(outside.source.family))),
      ...storedValues(target, lumaOnly ? [[1, 0, 0, 0], neutral, neutral] : undefined),
      pad: unpackPad(plan, target, lumaOnly),
      inner: innerOf(plan),
    },
    gridOf(target),
  )
}

const neutral: Row = [0, 0, 0, 128]

function backRows({ family }: SourceShape, target: TargetShape, lumaOnly: boolean): RgbRows {
  if (!lumaOnly) return rgbRows(family)
  const k = yuvCoefficients(target.colorSpace)
  return thrice(storedRow(lumaRow(family, k), k))
}

function unpackPad({ pad }: SamplingPlan, target: TargetShape, lumaOnly: boolean): readonly number[] {
  if (pad === 'edge' || !lumaOnly) return pad === 'edge' ? [] : pad
  const k = yuvCoefficients(target.colorSpace)
  const [r, g, b] = pad
  return [evaluate(storedRow(lumaRow(rgb, k), k), r, g, b)]
}

/** The matrix from red, green and blue (or `rows`) to what a YUV or GRAY target stores. */
function storedValues(target: TargetShape, rows?: RgbRows): Values {
  const onto = colorFamily(target.format)
  if (onto === 'rgb') return {}
  const k = yuvCoefficients(target.colorSpace)
  const own = onto === 'gray' ? thrice(lumaRow(rgb, k)) : yuvRows(rgbRows(rgb), k)
  return matrixValues('stored', (rows ?? own) as RgbRows)
}

/** The plan of a conversion: pixel to pixel. */
function convertPlan(source: SourceShape, chroma: PackOptions['chroma']): SamplingPlan {
  return planPack(source, source, { chroma: chroma ?? 'nearest' })
}

/** Picture to another format or colour space; samples that keep both move as they are. */
export function convertTask(source: SourceShape, target: TargetShape, chroma: PackOptions['chroma']): Task {
  const { family } = source
  const onto = colorFamily(target.format)
  const kept = family.family === onto && sameColorSpace(source.colorSpace, target.colorSpace)
  const gray = onto === 'gray'
  const rows = kept ? itself : gray ? thrice(lumaRow(family, yuvCoefficients(target.colorSpace))) : rgbRows(family)
  const color = !kept && (gray || family.family !== 'rgb')
  const tables: Tables = []
  return assemble(
    [sourceLayer('a', source, convertPlan(source, kept ? 'nearest' : chroma), false, tables)],
    tables,
    { color, clampBefore: false, clampAfter: false, pad: 'none', back: 'none', alpha: 'own' },
    target.writer,
    {
      ...target.values,
      ...(color && matrixValues('a_color', rows, centreOf(family))),
      ...storedValues(target, kept || gray ? itself : undefined),
    },
    gridOf(target),
  )
}
