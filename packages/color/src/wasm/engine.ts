import { resolveColorSpace } from '../color-space.js'
import { I2iError } from '../error.js'
import { planPack, type SamplingPlan } from '../geometry.js'
import { checkSize, hasAlpha, planeSizes } from '../image.js'
import { convertRequest, packRequest, unpackRequest } from '../request.js'
import { checkTensorFormat, type PixelTensorData, tensorChannels, tensorDims } from '../tensor-format.js'
import type { ColorEngine, PackedTensor, RawImage, TensorData, TensorFormat, UnpackOptions } from '../types.js'
import { retireImage } from '../validate.js'
import { alphaFeed, alphaSink, alphaSpec, copyAlpha, isOpaque } from './alpha.js'
import { Arena, type MemoryReport } from './arena.js'
import { type Blend, blended, checkBlend, maskTensor } from './blend.js'
import { coefficientBytes, convertBlocks } from './convert-fast.js'
import { type Feed, imageFeed, tensorFeed } from './feed.js'
import { bindKernels } from './kernels.js'
import { runTask } from './run.js'
import { imageSink, type Sink, tensorSink } from './sink.js'
import { convertSpec, packSpec, unpackSpec } from './specs.js'
import type { TaskSpec } from './task.js'
import { TaskCache } from './task-cache.js'
import { packBlocks } from './tensor-fast.js'
import { unpackBlocks } from './unpack-fast.js'
import type { WasmModule } from './web-assembly.js'
import { take, Workspace } from './workspace.js'

/** A WebAssembly engine: the contract, and a view of its memory for leak tests. */
export interface WasmEngine extends ColorEngine {
  /** Why this engine was chosen. */
  readonly reason: string
  readonly memory: MemoryReport
  /**
   * unpack(), laid over what `into` holds: under + (result - under) * weight, rounded once. Nothing is laid where the geometry leaves
   * no picture and a numeric `pad` is given. Throws as unpack() does, and SHAPE_MISMATCH for a mask of another size.
   */
  unpackBlend(data: TensorData, tensor: TensorFormat, to: UnpackOptions, into: RawImage, blend: Blend): RawImage
}

export interface WasmEngineInit {
  readonly name: 'wasm-simd' | 'wasm-relaxed'
  readonly module: WasmModule
  readonly maximumBytes: number
  readonly reason: string
}

const elements = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array } as const

/** What of a picture a task depends on. */
function kindOf({ format, width, height, colorSpace }: RawImage): unknown {
  return [format, width, height, colorSpace.matrix, colorSpace.fullRange]
}

/** The task planes of an image's components: colour, and alpha where the target has one. */
function colourAnd(alpha: boolean): readonly (number | undefined)[] {
  return alpha ? [0, 1, 2, 3] : [0, 1, 2]
}

/** The colour engine over one compiled module and one piece of memory of its own. */
export function wasmEngine({ name, module, maximumBytes, reason }: WasmEngineInit): WasmEngine {
  const arena = new Arena(maximumBytes)
  const kernels = bindKernels(module, arena.memory)
  const space = new Workspace(arena, kernels)
  const k = take(arena, coefficientBytes, 'coefficients')
  const tasks = new TaskCache(arena)
  const released = new WeakSet<object>()
  const live = new Set<() => void>()
  let disposed = false

  const alive = (): void => {
    if (disposed) throw new I2iError('DISPOSED', 'This colour engine was disposed; open another.')
  }
  /** A piece that the caller owns; what the engine keeps for speed gives way to it. */
  const claim = (bytes: number, purpose: string): number => {
    const address = arena.tryTake(bytes)
    if (address !== undefined) return address
    tasks.clear()
    space.release()
    return take(arena, bytes, purpose)
  }
  const own = (address: number, onRelease: () => void): (() => void) => {
    const release = (): void => {
      if (!live.delete(release)) return
      onRelease()
      arena.give(address)
    }
    live.add(release)
    return release
  }
  const refuseReleased = (data: TensorData): void => {
    if (released.has(data)) {
      throw new I2iError('DISPOSED', 'This tensor was disposed; keep it until its last use, or copy its data.')
    }
  }
  const run = (key: unknown, spec: Parameters<TaskCache['get']>[1], feeds: readonly Feed[], sink: Sink): void => {
    const inPlace = sink.inPlace(arena) && feeds.every((feed) => feed.inPlace(arena))
    const { task, strips } = tasks.get(JSON.stringify([key, inPlace]), spec, feeds, sink, inPlace, claim)
    runTask(space, task, feeds, sink, strips)
  }
  const newTensor = (tensor: TensorFormat): { data: PixelTensorData; release: () => void } => {
    const length = tensorDims(tensor).reduce((product, dim) => product * dim, 1)
    const type = elements[tensor.dtype]
    const address = claim(length * type.BYTES_PER_ELEMENT, `a ${tensor.dtype} tensor of ${length} elements`)
    const data = new type(arena.memory.buffer, address, length)
    return { data, release: own(address, () => released.add(data)) }
  }

  return {
    name,
    reason,
    get memory() {
      return { ...arena.report, live: live.size }
    },
    allocate(format, width, height, colorSpace) {
      alive()
      checkSize(format, width, height)
      const resolved = resolveColorSpace(format, width, height, colorSpace)
      const sizes = planeSizes(format, width, height)
      const bytes = sizes.map(({ rowBytes, rows }) => Math.ceil((rowBytes * rows) / 64) * 64)
      const address = claim(
        bytes.reduce((sum, each) => sum + each, 0),
        `${format} ${width}x${height}`,
      )
      let at = address
      const planes = sizes.map(({ rowBytes, rows }, index) => {
        const data = new Uint8Array(arena.memory.buffer, at, rowBytes * rows).fill(0)
        at += bytes[index]!
        return { data, stride: rowBytes }
      })
      const image = { format, width, height, planes, colorSpace: resolved }
      return { ...image, [Symbol.dispose]: own(address, () => retireImage(image)) }
    },
    convert(image, to, into) {
      alive()
      const target = convertRequest(image, to, into)
      if (convertBlocks(space, k, image, target, to.chroma)) return target
      const up = to.chroma?.up ?? 'nearest'
      const cosited = to.chroma?.down === 'cosited'
      const plan = planPack(image, image, { chroma: up })
      const spec = (): ReturnType<typeof convertSpec> => convertSpec(image, target, plan, cosited)
      run(
        ['convert', kindOf(image), kindOf(target), up, cosited],
        spec,
        [imageFeed(image, colourAnd(hasAlpha(target.format)))],
        imageSink(target),
      )
      return target
    },
    pack(image, tensor, options, into) {
      alive()
      if (into !== undefined) refuseReleased(into)
      const { plan, data: given } = packRequest(image, tensor, options, into)
      const made = given === undefined ? newTensor(tensor) : undefined
      const data = given ?? made!.data
      try {
        packInto(image, tensor, plan, data)
      } catch (error) {
        made?.release()
        throw error
      }
      return packed(data, tensor, plan, made?.release)
    },
    unpack(data, tensor, to, into) {
      return unpackOver(data, tensor, to, into, undefined)
    },
    unpackBlend(data, tensor, to, into, blend) {
      alive()
      checkTensorFormat(tensor)
      checkBlend(blend, tensor)
      return unpackOver(data, tensor, to, into, blend)
    },
    [Symbol.dispose]() {
      disposed = true
      for (const release of [...live]) release()
      tasks.clear()
      space.release()
    },
  }

  function unpackOver(
    data: TensorData,
    tensor: TensorFormat,
    to: UnpackOptions,
    into: RawImage | undefined,
    blend: Blend | undefined,
  ): RawImage {
    alive()
    refuseReleased(data)
    const { plan, data: values, target, alphaPlan } = unpackRequest(data, tensor, to, into)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    if (blend === undefined && unpackBlocks(space, k, bytes, tensor, plan, target, to.chroma)) {
      if (alphaPlan !== undefined && to.alpha !== undefined) layAlpha(to.alpha, alphaPlan, target)
      return target
    }
    const cosited = to.chroma?.down === 'cosited'
    const given = to.alpha !== undefined
    const feeds = [tensorFeed(values, tensor, plan.exact)]
    let planes = tensorChannels(tensor.channels)
    if (alphaPlan !== undefined && to.alpha !== undefined) {
      feeds.push(imageFeed(to.alpha, [undefined, undefined, undefined, planes++]))
    }
    if (blend?.mask !== undefined) feeds.push(tensorFeed(blend.mask, maskTensor(tensor), false, planes))
    const over = blend && [blend.mask !== undefined, blend.feather]
    const key = [
      'unpack',
      tensor,
      kindOf(target),
      plan,
      given,
      alphaPlan && [alphaPlan, to.alpha?.format],
      cosited,
      over,
    ]
    const spec = (): TaskSpec => {
      const whole = unpackSpec(tensor, target, plan, given, alphaPlan, cosited)
      return blend === undefined ? whole : blended(whole, blend)
    }
    run(key, spec, feeds, imageSink(target, blend !== undefined))
    return target
  }

  function layAlpha(alpha: RawImage, plan: SamplingPlan, target: RawImage): void {
    if (isOpaque(space, alpha) || copyAlpha(space, alpha, plan, target)) return
    run(['alpha', plan, alpha.format], () => alphaSpec(plan), [alphaFeed(alpha)], alphaSink(target))
  }

  function packInto(image: RawImage, tensor: TensorFormat, plan: SamplingPlan, data: PixelTensorData): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    if (packBlocks(space, k, image, tensor, plan, bytes)) return
    run(
      ['pack', kindOf(image), tensor, plan],
      () => packSpec(image, tensor, plan),
      [imageFeed(image, colourAnd(tensor.channels === 'RGBA'))],
      tensorSink(data, tensor),
    )
  }
}

function packed(
  data: PixelTensorData,
  tensor: TensorFormat,
  plan: SamplingPlan,
  release: (() => void) | undefined,
): PackedTensor {
  return {
    location: 'cpu',
    data,
    dims: tensorDims(tensor),
    dtype: tensor.dtype,
    transform: plan.map,
    [Symbol.dispose]: release ?? ((): void => {}),
  }
}
