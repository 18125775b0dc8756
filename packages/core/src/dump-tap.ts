import type { RawImage } from '@i2i/color'
import type { Output } from './bindings.js'
import type { DumpSink, DumpStage } from './dump.js'
import type { Tensor } from './ports.js'

/** Where a call hands its four stages to the sink; there is none while dumping is off. */
export interface CallTap {
  /** Whether the sink takes it: what lies on a GPU is then read back. */
  wants(stage: DumpStage, name: string): boolean
  image(stage: DumpStage, name: string, image: RawImage, meta?: Meta): Promise<void>
  tensor(stage: DumpStage, name: string, tensor: Tensor, meta?: Meta): Promise<void>
  /** Several tensors of one stage; `metas` by their names. */
  tensors(stage: DumpStage, tensors: Named<Tensor>, metas?: Named<Meta>): Promise<void>
  /** The pictures among what a call gives. */
  images(stage: DumpStage, named: readonly (readonly [string, RawImage | Tensor])[]): Promise<void>
  end(meta: Meta): Promise<void>
  /** Milliseconds spent in the sink so far. */
  readonly spent: number
}

type Named<T> = Readonly<Record<string, T>>
type Meta = Named<unknown>

/** Numbers the calls of one translator and shields them from a failing sink. */
export class DumpTap {
  readonly #sink: DumpSink
  readonly #run: () => Meta
  readonly #onFailure: (error: unknown) => void
  /** What the manifest says of each picture that the model gives, by tensor. */
  readonly #outputs: ReadonlyMap<string, Meta>
  #calls = 0
  #begun = false

  constructor(sink: DumpSink, run: () => Meta, onFailure: (error: unknown) => void, outputs: readonly Output[]) {
    const pictures = outputs.filter(({ role }) => role !== 'data')
    this.#outputs = new Map(pictures.map(({ tensor, layout }) => [tensor, { layout }]))
    this.#sink = sink
    this.#run = run
    this.#onFailure = onFailure
  }

  call(): CallTap {
    const number = ++this.#calls
    const sink = this.#sink
    const guard = this.#guard.bind(this)
    const about = (stage: DumpStage, name: string): Meta =>
      (stage === 'modelOutput' ? this.#outputs.get(name) : undefined) ?? {}
    let spent = 0
    const timed = async (work: () => void | Promise<void>): Promise<void> => {
      const start = performance.now()
      await guard(work)
      spent += performance.now() - start
    }
    const wants = (stage: DumpStage, name: string): boolean => sink.wants?.(stage, name) ?? true
    const call: CallTap = {
      wants,
      tensors: async (stage, tensors, metas = {}) => {
        for (const [name, tensor] of Object.entries(tensors)) await call.tensor(stage, name, tensor, metas[name])
      },
      images: async (stage, named) => {
        for (const [name, value] of named) if ('planes' in value) await call.image(stage, name, value)
      },
      image: (stage, name, image, meta = {}) =>
        timed(() => {
          if (wants(stage, name)) return sink.write({ call: number, stage, name, image, meta })
        }),
      tensor: (stage, name, tensor, meta = about(stage, name)) =>
        timed(async () => {
          if (wants(stage, name)) await sink.write({ call: number, stage, name, tensor: await onCpu(tensor), meta })
        }),
      end: (meta) => timed(() => sink.end?.(number, meta)),
      get spent() {
        return spent
      },
    }
    return call
  }

  async #guard(work: () => void | Promise<void>): Promise<void> {
    try {
      if (!this.#begun) {
        this.#begun = true
        await this.#sink.begin?.(this.#run())
      }
      await work()
    } catch (error) {
      this.#onFailure(error)
    }
  }
}

async function onCpu(tensor: Tensor): Promise<Tensor> {
  if (tensor.location === 'cpu') return tensor
  return { dtype: tensor.dtype, dims: tensor.dims, location: 'cpu', data: await tensor.read() }
}
