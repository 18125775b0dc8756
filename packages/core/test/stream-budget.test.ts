import type { RawImage } from '@i2i/color'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TimeBudget } from '../src/stream/budget.js'
import type { Decision } from '../src/types.js'
import { echo, type FakeModel, fakeBackend, loadFake, manifest, noise } from './fake-backend.js'

const fixed = manifest({ input: { ...manifest().input, size: { width: 8, height: 8 } } })

function budgetOf(budgetMs: number, model = manifest()) {
  const said: Decision[] = []
  const budget = new TimeBudget(budgetMs, model, (news) => said.push(news))
  const take = (ms: number, frames: number): number => {
    for (let i = 0; i < frames; i++) budget.took(ms)
    return budget.halvings
  }
  return { take, said }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a time budget', () => {
  it('steps down under load, to a sixteenth at most, and says where that is not enough', () => {
    const { take, said } = budgetOf(40)
    expect(take(41, 5)).toBe(0)
    expect(take(41, 1)).toBe(1)
    expect(take(41, 6)).toBe(2)
    expect(take(41, 1000)).toBe(4)
    expect(new Set(said.map(({ outcome, choice }) => `${outcome} ${choice}`))).toEqual(
      new Set([
        ...[2, 4, 8, 16].map((part) => `taken a stream's model on 1/${part} of the pixels`),
        "refused a stream's model on less than 1/16 of the pixels",
      ]),
    )
  })

  it('stays where one slow frame in five is all', () => {
    const { take } = budgetOf(40)
    for (let i = 0; i < 100; i++) expect(take(i % 5 === 0 ? 400 : 35, 1)).toBe(0)
  })

  it('goes up only where twice the time would fit, after a while, and later each time that was wrong', () => {
    const { take } = budgetOf(40)
    expect(take(60, 6)).toBe(1)
    expect(take(19, 500)).toBe(1)
    expect(take(15, 19)).toBe(1)
    let waited = 19
    const climb = (): number => {
      let frames = 0
      while (take(15, 1) > 0) frames++
      return frames
    }
    waited += climb()
    expect(waited).toBeLessThan(40)
    expect(take(60, 6)).toBe(1)
    const second = climb()
    expect(take(60, 6)).toBe(1)
    expect(climb()).toBeGreaterThan(second * 1.5)
  })

  it('forgives the first frame of a size', () => {
    const { take } = budgetOf(40)
    take(5000, 1)
    expect(take(30, 100)).toBe(0)
  })

  it('says at once that a fixed size stays, and leaves it', () => {
    const { take, said } = budgetOf(40, fixed)
    expect(take(400, 100)).toBe(0)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatchObject({ what: 'resize', outcome: 'refused', reason: expect.stringContaining('fixed') })
  })
})

describe('budgetMs', () => {
  /** A model that takes a millisecond for each `pixelsPerMs` pixels, on a clock of its own. */
  function timed() {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const model = { pixelsPerMs: 64, widths: [] as number[] }
    const run: FakeModel = async (feeds) => {
      const [, , height = 0, width = 0] = feeds['x']?.dims ?? []
      model.widths.push(width)
      now += (width * height) / model.pixelsPerMs
      return await echo(feeds)
    }
    return { model, run }
  }

  it('shrinks what the model sees under load and grows it back, while results keep their size', async () => {
    const { model, run } = timed()
    await using translator = await loadFake({}, { backend: fakeBackend(run) })
    const { readable, writable } = translator.translateStream<RawImage>({ budgetMs: 20 })
    const [reader, writer] = [readable.getReader(), writable.getWriter()]
    const send = async (frames: number): Promise<void> => {
      for (let i = 0; i < frames; i++) {
        void writer.write(noise(64, 32))
        const { value } = await reader.read()
        expect([value?.width, value?.height]).toEqual([64, 32])
      }
    }
    // 64x32 takes 32 ms, half of it 16.
    await send(12)
    expect(model.widths.at(-1)).toBeLessThan(64)
    const settled = model.widths.at(-1)
    await send(100)
    expect(model.widths.at(-1)).toBe(settled)
    model.pixelsPerMs = 640
    await send(60)
    expect(model.widths.at(-1)).toBe(64)
    await writer.close()
    const said = translator.decisions.filter(({ what }) => what === 'resize').map(({ reason }) => reason)
    expect(said).toContain('frames took more than budgetMs 20')
    expect(said).toContain("to keep a stream's budgetMs")
    expect(said).toContain('there was time again within budgetMs 20')
    expect(said.length).toBeLessThan(10)
  })

  it('leaves calls beside the stream as they are', async () => {
    const { model, run } = timed()
    await using translator = await loadFake({}, { backend: fakeBackend(run) })
    const { readable, writable } = translator.translateStream<RawImage>({ budgetMs: 1 })
    const [reader, writer] = [readable.getReader(), writable.getWriter()]
    for (let i = 0; i < 30; i++) {
      void writer.write(noise(64, 32))
      await reader.read()
    }
    expect(model.widths.at(-1)).toBe(16)
    await translator.translate(noise(64, 32))
    expect(model.widths.at(-1)).toBe(64)
    await writer.close()
  })
})
