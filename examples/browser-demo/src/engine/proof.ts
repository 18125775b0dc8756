import { type Device, load } from '@i2i/core'
import { zipDump } from '@i2i/core/dump'
import { transfer } from 'comlink'
import { backends } from './backends.js'
import { outcomeOf } from './failure.js'
import { linkVerdictOf } from './link-verdict.js'
import { models } from './models.js'
import type { LinkVerdict, Outcome, Settings } from './protocol.js'

/** What a worker that proves can be asked. */
export const proof = {
  /** One call with every stage kept, as a zip. */
  async dump({ model, backend, device }: Settings, picture: ImageData): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
    const outcome = await outcomeOf(async () => {
      const { manifest, identity } = models[model]
      const dump = zipDump({ first: 1, folder: `${model}.i2idump` })
      const translator = await load(manifest, { backend: backends[backend](), device, identity, dump })
      try {
        await translator.translate(picture)
        await dump.close()
        return await dump.bytes()
      } finally {
        await translator.dispose()
      }
    })
    return outcome.ok ? transfer(outcome, [outcome.value.buffer]) : outcome
  },

  /** Checks the path on a device, with probes and with the picture itself. */
  async checkLink({ model, backend }: Settings, device: Device, picture: ImageData): Promise<Outcome<LinkVerdict>> {
    const { manifest } = models[model]
    return await outcomeOf(() => linkVerdictOf({ manifest, backend: backends[backend](), device, picture }))
  },
}
