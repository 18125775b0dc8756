import type { GpuColorEngine, GpuPicture } from '@i2i/color/webgpu'
import type { DumpStage } from '../dump.js'
import type { CallTap } from '../dump-tap.js'
import type { Tensor } from '../ports.js'
import type { GpuInput } from './sources.js'

type Meta = Readonly<Record<string, unknown>>

/** A tap that sees what lies on the GPU: what its sink wants is read back, and counted; nothing is done for what it does not. */
export interface ReadingTap {
  readonly readBacks: number
  source(input: GpuInput, meta: Meta): Promise<void>
  result(unpack: () => GpuPicture): Promise<void>
  tensor(stage: DumpStage, name: string, tensor: Tensor, meta?: Meta): Promise<void>
  end(meta: Meta): Promise<void>
  readonly spent: number
}

export function readingTap(tap: CallTap | undefined, engine: GpuColorEngine): ReadingTap {
  let readBacks = 0
  const picture = async (stage: DumpStage, make: () => GpuPicture, meta?: Meta): Promise<void> => {
    if (!tap?.wants(stage, 'image')) return
    using copy = make()
    readBacks++
    await tap.image(stage, 'image', await copy.read(), meta)
  }
  return {
    get readBacks() {
      return readBacks
    },
    source: async ({ inMemory, source }, meta) => {
      if (inMemory) await tap?.image('sdkInput', 'image', inMemory, meta)
      else await picture('sdkInput', () => engine.convert(source, { format: 'RGBA' }), meta)
    },
    result: (unpack) => picture('sdkOutput', unpack),
    tensor: async (stage, name, tensor, meta) => {
      if (!tap?.wants(stage, name)) return
      if (tensor.location === 'gpu') readBacks++
      await tap.tensor(stage, name, tensor, meta)
    },
    end: async (meta) => await tap?.end(meta),
    get spent() {
      return tap?.spent ?? 0
    },
  }
}
