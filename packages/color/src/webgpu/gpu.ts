// What is used of WebGPU, written down here so that no type needs lib.dom. Names and meanings are the specification's.

export interface GpuBuffer {
  readonly size: number
  readonly usage: number
  destroy(): void
  mapAsync(mode: number): Promise<void>
  getMappedRange(): ArrayBuffer
  unmap(): void
}

export interface GpuTexture {
  readonly width: number
  readonly height: number
  readonly format: string
  readonly usage: number
  createView(): object
  destroy(): void
}

export interface GpuCanvasContext {
  configure(configuration: object): void
  getConfiguration?(): { readonly alphaMode?: string; readonly device?: object } | null
  getCurrentTexture(): GpuTexture
}

interface GpuPass {
  setPipeline(pipeline: object): void
  setBindGroup(index: number, group: object): void
  end(): void
}
interface GpuComputePass extends GpuPass {
  dispatchWorkgroups(x: number, y: number): void
}
interface GpuRenderPass extends GpuPass {
  draw(vertices: number): void
}

export interface GpuEncoder {
  beginComputePass(descriptor: object): GpuComputePass
  beginRenderPass(descriptor: object): GpuRenderPass
  copyBufferToBuffer(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, bytes: number): void
  clearBuffer(buffer: GpuBuffer): void
  resolveQuerySet(queries: object, first: number, count: number, to: GpuBuffer, offset: number): void
  finish(): object
}

interface GpuError {
  readonly message: string
}

export interface GpuDevice {
  readonly features: ReadonlySet<string>
  readonly limits: { readonly [name in 'maxBufferSize' | 'maxStorageBufferBindingSize']: number }
  readonly lost: Promise<{ readonly message: string; readonly reason?: string }>
  readonly queue: {
    submit(commands: readonly object[]): void
    writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView, first?: number, elements?: number): void
    copyExternalImageToTexture(source: object, target: object, size: readonly number[]): void
  }
  destroy(): void
  createBuffer(descriptor: object): GpuBuffer
  createTexture(descriptor: object): GpuTexture
  createShaderModule(descriptor: object): object
  createBindGroupLayout(descriptor: object): object
  createPipelineLayout(descriptor: object): object
  createComputePipeline(descriptor: object): object
  createRenderPipeline(descriptor: object): object
  createBindGroup(descriptor: object): object
  createCommandEncoder(): GpuEncoder
  createQuerySet(descriptor: object): { destroy(): void }
  importExternalTexture(descriptor: object): object
  pushErrorScope(filter: 'validation' | 'out-of-memory' | 'internal'): void
  popErrorScope(): Promise<GpuError | null>
}

/** GPUBufferUsage, GPUTextureUsage, GPUShaderStage and GPUMapMode, which hosts without WebGPU have not. */
export const bufferUsage = {
  mapRead: 0x1,
  copySrc: 0x4,
  copyDst: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const
export const textureUsage = { copyDst: 0x2, textureBinding: 0x4, renderAttachment: 0x10 } as const
export const shaderStage = { fragment: 0x2, compute: 0x4 } as const
export const mapRead = 0x1
