import { I2iError } from '../error.js'
import { planPack, planUnpack, type SamplingPlan } from '../geometry.js'
import { checkOptions, planLayer, side } from '../request.js'
import { checkTensorFormat } from '../tensor-format.js'
import type { ColorSpaceInit, PixelFormat, RawImage, TensorFormat } from '../types.js'
import { checkChroma, checkImage } from '../validate.js'
import { Acceptance, lostError } from './acceptance.js'
import type { BoundSource } from './bound-source.js'
import { type Call, checkApart, type Parts, runCall } from './call.js'
import { Canvases } from './canvases.js'
import type { GpuBuffer, GpuDevice } from './gpu.js'
import { Pool } from './pool.js'
import { Recorder } from './recorder.js'
import { asked, checkTensorBuffer, described, tensorBytes, unpackGeometry } from './requests.js'
import { gpuPicture, type PictureParts, packedTensor } from './results.js'
import { bufferTarget } from './shapes.js'
import { type AskedTarget, type BoundTarget, bindTarget } from './targets.js'
import { convertTask, packTask, type UnpackLayers, unpackTask } from './tasks.js'
import { gpuTimer } from './timer.js'
import type {
  Dom,
  GpuColorEngine,
  GpuColorEngineOptions,
  GpuConvertOptions,
  GpuMemory,
  GpuPackedTensor,
  GpuPackOptions,
  GpuPicture,
  GpuSource,
  GpuTarget,
  GpuTensorData,
  GpuTimer,
  GpuUnpackOptions,
} from './types.js'
import { newPixels, uploadImage } from './upload.js'

/**
 * Opens the colour engine of a GPUDevice; the device stays the caller's. Throws OPTION_INVALID without a device, DEVICE_LOST where it is
 * lost. The device needs no feature; `timestamp-query` gives times, higher buffer limits larger pictures.
 */
export async function openGpuColorEngine(
  device: Dom<'GPUDevice'>,
  options: GpuColorEngineOptions = {},
): Promise<GpuColorEngine> {
  // Without DOM types the parameter is never.
  const given = device as GpuDevice | undefined
  if (typeof given?.createComputePipeline !== 'function') {
    throw new I2iError(
      'OPTION_INVALID',
      `device is ${String(given)}; give a GPUDevice, as (await navigator.gpu.requestAdapter()).requestDevice() gives one.`,
    )
  }
  const lost = await Promise.race([given.lost, undefined])
  if (lost !== undefined) throw lostError(lost.message)
  return new Engine(given, options.maximumBytes ?? Number.POSITIVE_INFINITY)
}

class Engine implements GpuColorEngine {
  readonly name = 'webgpu'
  readonly #parts: Parts
  readonly #pictures: PictureParts
  readonly #disposedPictures = new WeakSet<object>()
  readonly #canvases: Canvases
  #disposed = false

  constructor(device: GpuDevice, maximumBytes: number) {
    const acceptance = new Acceptance(device)
    const pool = new Pool(device, acceptance, maximumBytes)
    this.#parts = {
      device,
      pool,
      acceptance,
      recorder: new Recorder(device, pool),
      checkPicture: (picture, what) => {
        if (!this.#disposedPictures.has(picture)) return
        throw new I2iError('DISPOSED', `${what} was disposed; allocate a new one, or keep it until its last use.`)
      },
    }
    this.#canvases = new Canvases(device)
    this.#pictures = {
      ...this.#parts,
      disposed: this.#disposedPictures,
      readTexture: async (picture) => {
        using copy = this.convert(picture, { format: picture.format })
        return await copy.read()
      },
    }
  }

  get device(): Dom<'GPUDevice'> {
    return this.#parts.device as never
  }

  get memory(): GpuMemory {
    return this.#parts.pool.memory
  }

  allocate(format: PixelFormat, width: number, height: number, colorSpace?: ColorSpaceInit): GpuPicture {
    this.#alive()
    const shape = described(format, width, height, colorSpace)
    const { value: target, verdict } = this.#parts.acceptance.call('allocate()', (): BoundTarget => {
      const { lease, planes } = newPixels(this.#parts.pool, format, width, height)
      return {
        shape: bufferTarget(shape, planes),
        memory: lease.resource,
        buffer: { resource: lease.resource, planes },
        lease,
      }
    })
    return gpuPicture(this.#pictures, target, verdict, () => {})
  }

  upload(image: RawImage): GpuPicture {
    this.#alive()
    checkImage(image, 'image')
    return runCall(this.#parts, 'upload()', {}, () => {
      const { planes, lease } = uploadImage(this.#parts, image)
      const memory = lease.resource
      const target = { shape: bufferTarget(image, planes), memory, buffer: { resource: memory, planes }, lease }
      return (verdict) => gpuPicture(this.#pictures, target, verdict, () => {})
    })
  }

  convert(source: GpuSource, to: GpuConvertOptions, into?: GpuTarget): GpuPicture {
    this.#alive()
    checkOptions(to, 'to')
    checkChroma(to.chroma)
    return this.#draw('convert()', to, (call) => {
      const from = call.bind(source, 'image')
      const target = this.#target(
        call,
        { ...asked(to, from.shape), width: from.shape.width, height: from.shape.height, source: from.shape },
        into,
      )
      checkApart([from.memory], target.memory)
      const up = to.chroma?.up
      return {
        target,
        key: ['convert', from.shape, target.shape, up],
        make: () => convertTask(from.shape, target.shape, up),
        resources: new Map([['a', from.binding]]),
      }
    })
  }

  pack(source: GpuSource, tensor: TensorFormat, options: GpuPackOptions = {}, into?: GpuTensorData): GpuPackedTensor {
    this.#alive()
    checkTensorFormat(tensor)
    checkOptions(options, 'options')
    return runCall(this.#parts, 'pack()', options, (call) => {
      const from = call.bind(source, 'image')
      const plan = planPack(from.shape, tensor, options)
      const at = this.#tensorBuffer(tensor, into)
      call.made(at.lease)
      checkApart([from.memory], at.buffer)
      call.run({
        key: ['pack', from.shape, tensor, plan, at.offset],
        make: () => packTask(from.shape, tensor, plan, at.offset),
        resources: new Map<string, object>([
          ['a', from.binding],
          ['written', { buffer: at.buffer }],
        ]),
      })
      return (verdict) => packedTensor(this.#parts, tensor, at, plan.map, verdict, () => call.release())
    })
  }

  unpack(data: GpuTensorData, tensor: TensorFormat, to: GpuUnpackOptions, into?: GpuTarget): GpuPicture {
    this.#alive()
    checkTensorFormat(tensor)
    checkOptions(to, 'to')
    checkChroma(to.chroma)
    const offset = checkTensorBuffer(data, tensor, 'data')
    return this.#draw('unpack()', to, (call) => {
      const target = this.#target(call, asked(to, tensor), into)
      const size = { width: side('width', target.shape.width), height: side('height', target.shape.height) }
      const plan = planUnpack(tensor, size, unpackGeometry(to))
      const { layers, bound } = this.#layers(call, to, target)
      checkApart([data.buffer, ...[...bound.values()].map(({ memory }) => memory)], target.memory)
      const resources = new Map<string, object>([['a', { buffer: data.buffer }]])
      if (bound.has('outside')) resources.set('b', bound.get('outside')!.binding)
      if (bound.has('alpha')) resources.set('c', bound.get('alpha')!.binding)
      return {
        target,
        key: ['unpack', tensor, offset, target.shape, plan, layers],
        make: () => unpackTask(tensor, offset, target.shape, plan, layers),
        resources,
      }
    })
  }

  configure(
    canvas: Dom<'HTMLCanvasElement'> | Dom<'OffscreenCanvas'>,
    { alphaMode = 'opaque' }: { readonly alphaMode?: 'opaque' | 'premultiplied' } = {},
  ): Dom<'GPUCanvasContext'> {
    this.#alive()
    return this.#canvases.configure(canvas, alphaMode) as never
  }

  timer(): GpuTimer {
    this.#alive()
    return gpuTimer(this.#parts)
  }

  async settled(): Promise<void> {
    await this.#parts.acceptance.settled()
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#parts.pool.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #alive(): void {
    if (this.#disposed) throw new I2iError('DISPOSED', 'This colour engine was disposed; open another.')
    this.#parts.acceptance.alive()
  }

  #target(call: Call, request: AskedTarget, into: GpuTarget | undefined): BoundTarget {
    const target = bindTarget(this.#parts, request, into, (context) => this.#canvases.premultiplies(context))
    call.made(target.lease)
    return target
  }

  /** Runs a call whose result is a picture. */
  #draw(
    what: string,
    recording: GpuConvertOptions,
    prepare: (call: Call) => {
      target: BoundTarget
      key: readonly unknown[]
      make: () => ReturnType<typeof packTask>
      resources: Map<string, object>
    },
  ): GpuPicture {
    return runCall(this.#parts, what, recording, (call) => {
      const { target, key, make, resources } = prepare(call)
      const { buffer, texture } = target
      if (buffer) resources.set('written', { buffer: buffer.resource })
      call.run({
        key,
        make,
        resources,
        ...(texture && { texture: { view: texture.resource.createView(), format: texture.resource.format } }),
      })
      return (verdict) => gpuPicture(this.#pictures, target, verdict, () => call.release())
    })
  }

  #tensorBuffer(
    tensor: TensorFormat,
    into: GpuTensorData | undefined,
  ): { buffer: GpuBuffer; offset: number; lease: ReturnType<Pool['buffer']> | undefined } {
    if (into !== undefined)
      return { buffer: into.buffer, offset: checkTensorBuffer(into, tensor, 'into'), lease: undefined }
    const lease = this.#parts.pool.buffer('storage', tensorBytes(tensor))
    return { buffer: lease.resource, offset: 0, lease }
  }

  #layers(
    call: Call,
    to: GpuUnpackOptions,
    { shape }: BoundTarget,
  ): { layers: UnpackLayers; bound: ReadonlyMap<'outside' | 'alpha', BoundSource> } {
    const bound = new Map<'outside' | 'alpha', BoundSource>()
    const layerOf = (name: 'outside' | 'alpha'): { source: BoundSource['shape']; plan: SamplingPlan } | undefined => {
      const source = to[name]
      if (source === undefined) return undefined
      // One picture is uploaded once.
      const known = name === 'alpha' && to.alpha === to.outside ? bound.get('outside') : undefined
      const from = known ?? call.bind(source, name)
      bound.set(name, from)
      return { source: from.shape, plan: planLayer(from.shape, shape, to, to.region) }
    }
    return { layers: { outside: layerOf('outside'), alpha: layerOf('alpha') }, bound }
  }
}
