import type { DumpEntry, DumpSink } from '../dump.js'
import { movedTensor, sentImage } from './pictures.js'
import type { Host } from './protocol.js'
import { moving, plainAnswer, unwrap } from './wire.js'

/** A sink in the worker whose entries reach the page's. It answers once the page's sink has, so that a failure shows in `decisions`. */
export function remoteSink(host: Host, asksFirst: boolean): DumpSink {
  return {
    async begin(run) {
      unwrap(await host.dumpBegin({ ...run }))
    },
    async write(entry) {
      // Its wants() cannot be asked without waiting; nothing is copied before it was.
      if (asksFirst && !unwrap(await host.dumpWants(entry.stage, entry.name))) return
      unwrap(await host.dumpWrite(await copied(entry)))
    },
    async end(call, meta) {
      unwrap(await host.dumpEnd(call, meta))
    },
    close: async () => undefined,
  }
}

async function copied({ image, tensor, ...entry }: DumpEntry): Promise<DumpEntry> {
  // The originals are still on their way through the link.
  const picture = image && sentImage(image, false)
  const numbers = tensor && (await movedTensor(tensor))
  return moving({
    value: {
      ...entry,
      ...(picture && { image: picture.value }),
      ...(numbers && { tensor: numbers.value }),
    },
    moved: [...(picture?.moved ?? []), ...(numbers?.moved ?? [])],
  })
}

/** The part of Host that hands a worker's entries to a sink of the page. */
export function dumpHost(sink: DumpSink | undefined): Pick<Host, 'dumpBegin' | 'dumpWants' | 'dumpWrite' | 'dumpEnd'> {
  return {
    dumpBegin: (run) => plainAnswer(async () => await sink?.begin?.(run)),
    dumpWants: (stage, name) => plainAnswer(() => sink?.wants?.(stage, name) ?? true),
    dumpWrite: (entry) => plainAnswer(async () => await sink?.write(entry)),
    dumpEnd: (call, meta) => plainAnswer(async () => await sink?.end?.(call, meta)),
  }
}
