import { planeSizes } from '../image.js'
import { type PixelTensorData, tensorChannels } from '../tensor-format.js'
import type { RawImage, TensorFormat } from '../types.js'
import type { Arena } from './arena.js'
import type { Task } from './task.js'
import { fetchRows, returnRows, spent, type Workspace } from './workspace.js'

/** Where a strip's rows go: straight to their place in engine memory, else by way of the workspace. */
export interface Sink {
  /** Whether every row lies in engine memory, so that nothing is staged. */
  inPlace(arena: Arena): boolean
  /** Workspace bytes for so many target rows, at most. */
  need(rows: number): number
  /** Points the task at the place for rows t0 <= t < t1; what it returns brings them home. */
  open(space: Workspace, task: Task, t0: number, t1: number): () => void
}

const nothing = (): void => {}

/** Rows of one plane of the target: in place, or staged tight; with what they hold already if `keep`. */
export function place(
  space: Workspace,
  plane: { readonly data: Uint8Array | Uint8ClampedArray; readonly stride: number },
  rowBytes: number,
  y0: number,
  rows: number,
  keep = false,
): { address: number; stride: number; done: () => void } {
  const own = space.arena.addressOf(plane.data)
  if (own !== undefined) return { address: own + y0 * plane.stride, stride: plane.stride, done: nothing }
  const address = space.room(rowBytes * rows + 64)
  if (keep) fetchRows(space, plane, rowBytes, y0, rows, address)
  return { address, stride: rowBytes, done: () => returnRows(space, plane, rowBytes, y0, rows, address) }
}

/** An image as the target; `keep` where the kernel reads what it holds. */
export function imageSink(image: RawImage, keep = false): Sink {
  const sizes = planeSizes(image.format, image.width, image.height)
  return {
    inPlace: (arena) => image.planes.every(({ data }) => arena.addressOf(data) !== undefined),
    need: (rows) =>
      sizes.reduce(
        (sum, { rowBytes }, index) => sum + spent(rowBytes * (index === 0 ? rows : Math.ceil(rows / 2)) + 64),
        0,
      ),
    open(space, task, t0, t1) {
      const places = image.planes.map((plane, index) => {
        const [y0, y1] = index === 0 ? [t0, t1] : [t0 >> 1, (t1 + 1) >> 1]
        return place(space, plane, sizes[index]!.rowBytes, y0, y1 - y0, keep)
      })
      const first = places[0]!
      task.setTarget(first.address, first.stride, 0)
      const [, u, v = u] = places
      if (u !== undefined && v !== undefined) task.setChroma(u.address, v.address, u.stride, v.stride)
      return () => {
        for (const { done } of places) done()
      }
    },
  }
}

/** A tensor as the target. */
export function tensorSink(data: PixelTensorData, tensor: TensorFormat): Sink {
  const { width, height } = tensor
  const channels = tensorChannels(tensor.channels)
  const size = data.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const planar = tensor.layout === 'NCHW' || channels === 1
  const rowBytes = width * size * (planar ? 1 : channels)
  const planes = planar ? channels : 1
  return {
    inPlace: (arena) => arena.addressOf(bytes) !== undefined,
    need: (rows) => planes * spent(rows * rowBytes + 64),
    open(space, task, t0, t1) {
      const own = space.arena.addressOf(bytes)
      if (own !== undefined) {
        task.setTarget(own + t0 * rowBytes, rowBytes, height * rowBytes)
        return nothing
      }
      const rows = t1 - t0
      const planeBytes = spent(rows * rowBytes + 64)
      const address = space.room(planes * planeBytes)
      task.setTarget(address, rowBytes, planeBytes)
      const home = { data: bytes, stride: rowBytes }
      return () => {
        for (let p = 0; p < planes; p++)
          returnRows(space, home, rowBytes, p * height + t0, rows, address + p * planeBytes)
      }
    },
  }
}
