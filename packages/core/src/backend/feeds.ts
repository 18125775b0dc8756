import { I2iError } from '@i2i/color'
import type { Tensor, TensorInfo } from '../ports.js'
import { arrayOf, isDtype } from './dtypes.js'

type Feeds = Readonly<Record<string, Tensor>>
type GpuTensor = Extract<Tensor, { location: 'gpu' }>

const mismatch = (message: string, details: Readonly<Record<string, unknown>>) =>
  new I2iError('SHAPE_MISMATCH', message, { details })

const invalid = (message: string, details: Readonly<Record<string, unknown>>) =>
  new I2iError('OPTION_INVALID', message, { details })

const shapeOf = (dims: readonly (number | string)[]) => `[${dims.join(', ')}]`

/** Gives the feed of each input, in the model's order, after every check that needs no runtime; `onGpu` says whether GPU tensors are read. @throws SHAPE_MISMATCH, OPTION_INVALID */
export function checkFeeds(
  inputs: readonly TensorInfo[],
  feeds: Feeds,
  onGpu: boolean,
): readonly (readonly [string, Tensor])[] {
  const names = inputs.map((input) => input.name)
  const unknown = Object.keys(feeds).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw mismatch(`The model has no input '${unknown}'. Feed: ${names.join(', ')}.`, { name: unknown, inputs: names })
  }
  return inputs.map((input) => {
    const feed = feeds[input.name]
    if (!feed) {
      throw mismatch(`Nothing was fed to input '${input.name}'. Feed: ${names.join(', ')}.`, {
        name: input.name,
        inputs: names,
      })
    }
    checkFeed(input, feed, onGpu)
    return [input.name, feed] as const
  })
}

function checkFeed(input: TensorInfo, feed: Tensor, onGpu: boolean): void {
  const what = `Input '${input.name}'`
  const { dtype, dims } = feed
  if (feed.location !== 'cpu' && !onGpu) {
    throw invalid(`${what} was fed a tensor on the GPU, which this device does not read. Feed what its read() gives.`, {
      name: input.name,
      location: feed.location,
    })
  }
  if (dtype !== input.dtype || !isDtype(dtype)) {
    throw mismatch(`${what} takes ${input.dtype}, not ${dtype}. Convert the data, or correct the manifest's dtype.`, {
      name: input.name,
      dtype,
      expected: input.dtype,
    })
  }
  if (feed.location === 'cpu' && !(feed.data instanceof arrayOf(dtype))) {
    throw mismatch(`${what}: ${dtype} data is a ${arrayOf(dtype).name}, not ${kindOf(feed.data)}.`, {
      name: input.name,
      dtype,
    })
  }
  if (!fits(dims, input.dims)) {
    throw mismatch(
      `${what} takes ${shapeOf(input.dims)}, not ${shapeOf(dims)}. Check the layout (NCHW or NHWC) and the size.`,
      { name: input.name, dims, expected: input.dims },
    )
  }
  const size = dims.reduce((product, dim) => product * dim, 1)
  if (feed.location === 'gpu') checkBuffer(what, feed, size * arrayOf(dtype).BYTES_PER_ELEMENT)
  else if (feed.data.length !== size) {
    throw mismatch(`${what}: ${shapeOf(dims)} holds ${size} numbers, but data.length is ${feed.data.length}.`, {
      name: input.name,
      dims,
      length: feed.data.length,
    })
  }
}

// GPUBufferUsage.STORAGE; the object that names it is there in browsers only.
const storageUsage = 0x80

/** Runtimes read zeros past the end of a buffer that is too small, and say nothing. */
function checkBuffer(what: string, feed: GpuTensor, bytes: number): void {
  const { size, usage }: { size: number; usage: number } = feed.buffer
  if (size < bytes) {
    throw mismatch(`${what}: ${shapeOf(feed.dims)} takes ${bytes} bytes, but its GPU buffer holds ${size}.`, {
      dims: feed.dims,
      size,
    })
  }
  if ((usage & storageUsage) === 0) {
    throw invalid(`${what}: its GPU buffer was made without GPUBufferUsage.STORAGE. Add it to the buffer's usage.`, {
      usage,
    })
  }
}

function fits(dims: readonly number[], expected: TensorInfo['dims']): boolean {
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) return false
  // ONNX Runtime describes a scalar and a tensor of unknown rank alike, by no dimensions: its own check decides there.
  if (expected.length === 0) return true
  return dims.length === expected.length && expected.every((dim, i) => typeof dim === 'string' || dim === dims[i])
}

/** What a value is: Uint8Array, Undefined... */
const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1)

/** Gives the names of the outputs to compute: those asked for, or all. @throws SHAPE_MISMATCH */
export function checkFetch(outputs: readonly TensorInfo[], fetch: readonly string[] | undefined): readonly string[] {
  const names = outputs.map((output) => output.name)
  const unknown = fetch?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw mismatch(`The model has no output '${unknown}'. Fetch: ${names.join(', ')}.`, {
      name: unknown,
      outputs: names,
    })
  }
  return fetch ?? names
}
