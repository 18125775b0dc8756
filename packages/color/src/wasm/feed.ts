import type { Subsampling } from '../axis-sampling.js'
import { chromaLayout, packedLayouts } from '../image.js'
import { normalisation, type PixelTensorData, tensorChannels } from '../tensor-format.js'
import type { RawImage, TensorFormat } from '../types.js'
import type { Arena } from './arena.js'
import type { Task, Window } from './task.js'
import { spent, stagedBytes, stageRows, type Workspace } from './workspace.js'

/** Brings the samples that a strip of target rows reads into engine memory, as planes of bytes or floats. */
export interface Feed {
  /** Whether the samples lie in engine memory as the kernels read them, so that nothing is staged. */
  inPlace(arena: Arena): boolean
  /** Workspace bytes for these target rows, at most. */
  need(task: Task, t0: number, t1: number): number
  load(space: Workspace, task: Task, t0: number, t1: number): void
}

/** One sample a pixel (or block) of an image: its plane, its place in a group of `step` bytes. */
export interface Component {
  readonly plane: number
  readonly offset: number
  readonly step: number
  readonly subsampling: Subsampling
}

/** The components of a format in natural order: Y U V, or R G B and A where there is one, or luma. */
export function components(image: RawImage): readonly Component[] {
  const chroma = chromaLayout(image.format)
  if (chroma !== undefined) {
    const half = (c: { plane: number; offset: number; step: number }): Component => ({ ...c, subsampling: 'half' })
    return [{ plane: 0, offset: 0, step: 1, subsampling: 'full' }, half(chroma.u), half(chroma.v)]
  }
  const { bytes, r, g, b, a } = packedLayouts[image.format as keyof typeof packedLayouts]
  const offsets = bytes === 1 ? [0] : a === undefined ? [r, g, b] : [r, g, b, a]
  return offsets.map((offset) => ({ plane: 0, offset, step: bytes, subsampling: 'full' }))
}

interface Member {
  readonly taskPlane: number
  readonly component: Component
}

/** Feeds components of an image to the planes of a task: taskPlanes[i] is the plane that takes components(image)[i], if any does. */
export function imageFeed(image: RawImage, taskPlanes: readonly (number | undefined)[]): Feed {
  const all = components(image)
  const groups = image.planes.map((plane, index) => ({
    plane,
    step: all.find((component) => component.plane === index)?.step ?? 1,
    members: all.flatMap((component, i): Member[] => {
      const taskPlane = taskPlanes[i]
      return component.plane === index && taskPlane !== undefined ? [{ taskPlane, component }] : []
    }),
  }))
  const split = (window: Window, step: number): number => {
    const wide = Math.ceil((window.x1 - window.x0) / 16) * 16
    return step === 1 ? 0 : spent(step * wide * (window.y1 - window.y0) + 64)
  }
  return {
    inPlace: (arena) =>
      groups.every(
        ({ plane, step, members }) => members.length === 0 || (step === 1 && arena.addressOf(plane.data) !== undefined),
      ),
    need(task, t0, t1) {
      return groups.reduce((sum, { step, members }) => {
        const member = members[0]
        if (member === undefined) return sum
        const window = task.window(member.taskPlane, t0, t1)
        return sum + stagedBytes((window.x1 - window.x0) * step, window.y1 - window.y0) + split(window, step)
      }, 0)
    },
    load(space, task, t0, t1) {
      for (const { plane, step, members } of groups) {
        const member = members[0]
        if (member === undefined) continue
        const window = task.window(member.taskPlane, t0, t1)
        const { x0, x1, y0, y1 } = window
        const [width, height] = [x1 - x0, y1 - y0]
        const raw = stageRows(space, plane, x0 * step, width * step, y0, y1)
        if (step === 1) {
          task.setPlane(member.taskPlane, raw.address - y0 * raw.stride - x0, raw.stride)
          continue
        }
        const stride = Math.ceil(width / 16) * 16
        const planes = space.room(split(window, step))
        const { kernels } = space
        if (step === 2)
          kernels.unzipPairs(raw.address, raw.stride, width, height, planes, stride, planes + stride * height, stride)
        else kernels.unzip(raw.address, raw.stride, width, height, step, planes, stride)
        for (const { taskPlane, component } of members) {
          task.setPlane(taskPlane, planes + component.offset * stride * height - y0 * stride - x0, stride)
        }
      }
    },
  }
}

const elementBytes = { float32: 4, float16: 2, uint8: 1 } as const

/** Feeds a tensor's channels, denormalised to pixel values (cut to 0..255 if `clamp`), to the planes of a task from `firstPlane` on. */
export function tensorFeed(data: PixelTensorData, tensor: TensorFormat, clamp: boolean, firstPlane = 0): Feed {
  const { width, height, layout, dtype } = tensor
  const count = tensorChannels(tensor.channels)
  const size = elementBytes[dtype]
  const { mean, std } = normalisation(tensor)
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const interleaved = layout === 'NHWC' && count > 1
  const rowBytes = width * size * (interleaved ? count : 1)
  const planeRows = interleaved ? 1 : count
  const [lo, hi] = clamp ? [0, 255] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return {
    inPlace: () => false,
    need(task, t0, t1) {
      const { y0, y1 } = task.window(firstPlane, t0, t1)
      const pixels = (y1 - y0) * width
      const floats = spent(pixels * 4 + 128)
      return (
        planeRows * spent(rowBytes * (y1 - y0) + 64) +
        count * floats +
        (interleaved ? spent(pixels * count * 4 + 128) : 0)
      )
    },
    load(space, task, t0, t1) {
      const { kernels } = space
      const { y0, y1 } = task.window(firstPlane, t0, t1)
      const pixels = (y1 - y0) * width
      const planes = mean.map(() => space.room(pixels * 4 + 128))
      const widen = (from: number, n: number, to: number): number => {
        if (dtype === 'float16') kernels.halfToFloat(from, n, to)
        else if (dtype === 'uint8') kernels.bytesToFloat(from, n, 1, 0, to)
        else return from
        return to
      }
      const whole = { data: bytes, stride: rowBytes }
      let packed = 0
      if (interleaved) {
        const raw = stageRows(space, whole, 0, rowBytes, y0, y1).address
        packed = widen(raw, pixels * count, space.room(pixels * count * 4 + 128))
        kernels.unzipFloat(packed, pixels, count, planes[0]!, planes[1]!, planes[2]!, planes[3] ?? 0)
      }
      planes.forEach((plane, channel) => {
        let from = plane
        if (!interleaved) {
          const start = channel * height
          from = widen(stageRows(space, whole, 0, rowBytes, start + y0, start + y1).address, pixels, plane)
        }
        if (dtype !== 'uint8')
          kernels.denormalise(from, pixels, std[channel]! * 255, mean[channel]! * 255, lo, hi, plane)
        task.setPlane(firstPlane + channel, plane - y0 * width * 4, width * 4)
      })
    },
  }
}
