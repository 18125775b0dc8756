import { type GpuDevice, type GpuEncoder, shaderStage } from './gpu.js'
import type { Lease, Pool } from './pool.js'
import type { Task } from './tasks.js'
import { type Binding, type Program, uniformBytes } from './wgsl/part.js'

interface Pipeline {
  readonly pipeline: object
  readonly layout: object
}

/** A task on the device: its pipeline and constants, kept for the next call that asks for the same. */
export interface Prepared {
  readonly pipeline: Pipeline
  readonly task: Pick<Task, 'program' | 'grid'>
  readonly uniforms: Lease<{ destroy(): void }>
  readonly tables: Lease<{ destroy(): void }> | undefined
  /** Recordings that are not submitted yet, as far as anyone knows. */
  users: number
}

// Streams use a handful; a page that resizes freely makes more.
const maximumTasks = 64

const bindingTypes = {
  read: { buffer: { type: 'read-only-storage' } },
  write: { buffer: { type: 'storage' } },
  // Half and whole floats alike are read without filtering.
  texture: { texture: { sampleType: 'unfilterable-float' } },
  external: { externalTexture: {} },
} as const satisfies Record<Binding['kind'], object>

/** Compiles shaders once for each text, and keeps uniforms and tables of the latest tasks. */
export class Recorder {
  readonly #device: GpuDevice
  readonly #pool: Pool
  readonly #pipelines = new Map<string, Pipeline>()
  /** Least lately used first. */
  readonly #tasks = new Map<string, Prepared>()

  constructor(device: GpuDevice, pool: Pool) {
    this.#device = device
    this.#pool = pool
  }

  /** The task of this key, made where there is none. `format` is of the texture that is drawn on. */
  prepare(key: string, make: () => Task, format?: string): Prepared {
    const known = this.#tasks.get(key)
    if (known !== undefined) {
      this.#tasks.delete(key)
      this.#tasks.set(key, known)
      return known
    }
    const { program, values, tables, grid } = make()
    const pipeline = this.#pipeline(program, format)
    const uniforms = this.#pool.constant('uniform', uniformBytes(program.fields, values))
    const words = tables.length > 0 ? this.#pool.constant('tables', Uint32Array.from(tables).buffer) : undefined
    const prepared: Prepared = { pipeline, task: { program, grid }, uniforms, tables: words, users: 0 }
    this.#forget()
    this.#tasks.set(key, prepared)
    return prepared
  }

  /** Records the pass: `resources` by binding name, `view` where a texture is drawn on. */
  record(
    encoder: GpuEncoder,
    prepared: Prepared,
    resources: ReadonlyMap<string, object>,
    view?: object,
    timestampWrites?: object,
  ): void {
    const { pipeline, task, uniforms, tables } = prepared
    const entries = [uniforms.resource, ...task.program.bindings.map(({ name }) => name)].map((each, binding) => {
      const resource =
        typeof each !== 'string'
          ? { buffer: each }
          : each === 'tables' && tables
            ? { buffer: tables.resource }
            : resources.get(each)
      return { binding, resource }
    })
    const group = this.#device.createBindGroup({ layout: pipeline.layout, entries })
    const timing = timestampWrites ? { timestampWrites } : {}
    if (view !== undefined) {
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store', clearValue: [0, 0, 0, 0] }],
        ...timing,
      })
      pass.setPipeline(pipeline.pipeline)
      pass.setBindGroup(0, group)
      pass.draw(3)
      pass.end()
      return
    }
    const pass = encoder.beginComputePass(timing)
    pass.setPipeline(pipeline.pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(Math.ceil(task.grid[0] / 8), Math.ceil(task.grid[1] / 8))
    pass.end()
  }

  #forget(): void {
    for (const [key, { users, uniforms, tables }] of this.#tasks) {
      if (this.#tasks.size < maximumTasks) return
      if (users > 0) continue
      uniforms.release()
      tables?.release()
      this.#tasks.delete(key)
    }
  }

  #pipeline(program: Program, format = ''): Pipeline {
    const key = format + program.code
    const known = this.#pipelines.get(key)
    if (known !== undefined) return known
    const device = this.#device
    const visibility = program.stage === 'compute' ? shaderStage.compute : shaderStage.fragment
    const entries = [{ buffer: { type: 'uniform' } }, ...program.bindings.map(({ kind }) => bindingTypes[kind])].map(
      (type, binding) => ({
        binding,
        visibility,
        ...type,
      }),
    )
    const bindGroupLayout = device.createBindGroupLayout({ entries })
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] })
    const module = device.createShaderModule({ code: program.code })
    const pipeline =
      program.stage === 'compute'
        ? device.createComputePipeline({ layout, compute: { module, entryPoint: 'main' } })
        : device.createRenderPipeline({
            layout,
            vertex: { module, entryPoint: 'corner' },
            fragment: { module, entryPoint: 'main', targets: [{ format }] },
          })
    const made = { pipeline, layout: bindGroupLayout }
    this.#pipelines.set(key, made)
    return made
  }
}
