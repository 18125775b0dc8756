import { expect, it } from 'vitest'
import { serialQueue } from '../src/queue.js'

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

it('runs tasks one at a time in order, failures or not', async () => {
  const queue = serialQueue()
  const log: string[] = []
  const task =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      log.push(`${name} starts`)
      await tick()
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const results = await Promise.allSettled([
    queue.run(task('a')),
    queue.run(task('b', true)),
    queue.run(async () => {
      throw new Error('at once')
    }),
    queue.run(task('c')),
  ])
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  await queue.idle()
})

it('an abort takes a waiting task out without disturbing the line', async () => {
  const queue = serialQueue()
  const controller = new AbortController()
  const log: string[] = []
  const first = queue.run(async () => {
    await tick()
    await tick()
    log.push('first')
  })
  const aborted = queue.run(async () => log.push('aborted'), controller.signal)
  const last = queue.run(async () => log.push('last'))
  controller.abort('reason')
  await expect(aborted).rejects.toBe('reason')
  expect(log).toEqual([])
  await Promise.all([first, last])
  expect(log).toEqual(['first', 'last'])
})

it('a task that has started is not left behind by an abort', async () => {
  const queue = serialQueue()
  const controller = new AbortController()
  let ended = false
  const running = queue.run(async () => {
    await tick()
    ended = true
  }, controller.signal)
  await Promise.resolve()
  await Promise.resolve()
  controller.abort()
  await Promise.allSettled([running])
  await queue.idle()
  expect(ended).toBe(true)
})
