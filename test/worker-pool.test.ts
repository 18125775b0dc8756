import type { Worker } from 'node:worker_threads'
import { ort } from '@i2i/backend-ort'
import { load, type RawImage, rawImage, type Translation } from '@i2i/core'
import { type WorkerPool, workerPool } from '@i2i/core/worker'
import { expect, it } from 'vitest'
import { astronaut, part, pixelsOf, toonManifest } from './support/pictures.js'
import { anyRgb, cuedWorker, toonWorker } from './support/workers.js'

/** Pictures that differ in size and in every pixel. */
const batch: readonly RawImage[] = Array.from({ length: 24 }, (_, index) => {
  const [width, height] = [4 * (1 + ((index * 7) % 9)), 4 * (1 + (index % 5))]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + index * 57) & 255)
  return rawImage({ format: 'RGB', width, height, data })
})

/** Makes workers, and counts those that live. */
function counted(make: (index: number) => Worker): { make(): Worker; alive(): number; made(): number } {
  let [alive, made] = [0, 0]
  return {
    alive: () => alive,
    made: () => made,
    make: () => {
      const worker = make(made++)
      alive++
      worker.on('exit', () => alive--)
      return worker
    },
  }
}

async function all(pool: WorkerPool): Promise<PromiseSettledResult<Translation>[]> {
  const results: PromiseSettledResult<Translation>[] = []
  for await (const result of pool.translateAll(batch)) results.push(result)
  return results
}

function expectPicture(result: PromiseSettledResult<Translation> | undefined, picture: RawImage | undefined): void {
  if (result?.status !== 'fulfilled' || !picture) throw result
  expect([result.value.image.width, result.value.image.height]).toEqual([picture.width, picture.height])
  expect(Buffer.compare(pixelsOf(result.value.image), pixelsOf(picture))).toBe(0)
}

it('gives what one translator gives', async () => {
  const photo = await astronaut()
  const pictures = [0, 1, 2, 3, 4].map((i) => part(photo, 40 * i, 60, 64 + 8 * i, 48))
  await using one = await load(toonManifest, { backend: ort({ threads: 1 }) })
  const { make, alive } = counted(toonWorker)
  const pool = await workerPool(2, make, toonManifest)
  let index = 0
  for await (const result of pool.translateAll(pictures)) {
    expectPicture(result, (await one.translate(pictures[index++]!)).image)
  }
  expect(index).toBe(pictures.length)
  expect(alive()).toBe(2)
  await pool.dispose()
  expect(alive()).toBe(0)
  await expect(pool.translate(photo)).rejects.toMatchObject({ code: 'DISPOSED' })
})

it.each(['exit', 'throw'] as const)('keeps the order, and a worker that dies (%s) costs one error', async (cue) => {
  // The first three die in their third run; those that replace them live.
  const { make, made, alive } = counted((index) => cuedWorker(cue, index < 3 ? 3 : 1000))
  await using pool = await workerPool(3, make, anyRgb, { identity: true })
  const results = await all(pool)
  expect(results).toHaveLength(batch.length)
  const failed = results.filter(({ status }) => status === 'rejected')
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') expectPicture(result, batch[index])
    else expect(result.reason).toMatchObject({ code: 'DEVICE_LOST' })
  })
  expect(failed).toHaveLength(3)
  expect([made(), alive()]).toEqual([6, 3])
  const again = await all(pool)
  again.forEach((result, index) => {
    expectPicture(result, batch[index])
  })
})

it('goes on when a replacement cannot be made, and tries again', async () => {
  let broken = false
  const { make } = counted((index) => {
    if (broken) throw new Error('no more threads')
    return cuedWorker('exit', index === 0 ? 1 : 1000)
  })
  await using pool = await workerPool(1, make, anyRgb, { identity: true })
  broken = true
  const failures = await Promise.allSettled([0, 1, 2].map((i) => pool.translate(batch[i]!)))
  expect(failures.map((failure) => failure.status === 'rejected' && failure.reason.code)).toEqual([
    'DEVICE_LOST',
    'BACKEND_UNAVAILABLE',
    'BACKEND_UNAVAILABLE',
  ])
  broken = false
  expectPicture((await Promise.allSettled([pool.translate(batch[0]!)]))[0], batch[0])
})

it('ends every worker when one cannot be opened, or is disposed under load', async () => {
  const some = counted((index) => {
    if (index === 2) throw new Error('no more threads')
    return cuedWorker('hang', 1000)
  })
  await expect(workerPool(3, some.make, anyRgb, { identity: true })).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
  })
  expect(some.alive()).toBe(0)

  const { make, alive } = counted(() => cuedWorker('hang', 1000))
  const pool = await workerPool(2, make, anyRgb, { identity: true })
  const calls = batch.map((picture) => pool.translate(picture))
  const outcomes = Promise.allSettled(calls)
  await pool.dispose()
  const refused = (await outcomes).filter(({ status }) => status === 'rejected')
  expect(refused.length).toBeGreaterThan(batch.length / 2)
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'DISPOSED' } })
  expect(alive()).toBe(0)
})

it('stops taking sources when its reader leaves, and heeds a signal', async () => {
  const { make } = counted(() => cuedWorker('hang', 1000))
  await using pool = await workerPool(2, make, anyRgb, { identity: true })
  let taken = 0
  function* sources(): Generator<RawImage> {
    for (const picture of batch) {
      taken++
      yield picture
    }
  }
  for await (const result of pool.translateAll(sources())) {
    expectPicture(result, batch[0])
    break
  }
  expect(taken).toBe(4)
  const reason = { mine: true }
  const aborted = pool.translateAll(batch, { signal: AbortSignal.abort(reason) })
  for await (const result of aborted) expect(result).toEqual({ status: 'rejected', reason })
  expectPicture((await Promise.allSettled([pool.translate(batch[5]!)]))[0], batch[5])
})

it('refuses what it cannot do', async () => {
  const { make, made } = counted(toonWorker)
  for (const size of [0, 1.5, Number.NaN]) {
    await expect(workerPool(size, make, toonManifest)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  }
  const dump = { write: () => undefined, close: async () => undefined }
  await expect(workerPool(1, make, toonManifest, { dump } as object)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  expect(made()).toBe(0)
})
