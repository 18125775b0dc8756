import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { options as esbuildOptions } from './fixtures/worker-app/esbuild.config.js'
import { type FileServer, serveFolders } from './support/file-server.js'
import { rootPath } from './support/pictures.js'

const app = join(rootPath, 'test/fixtures/worker-app')
const strict = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

let scratch: string
let browser: Browser
let server: FileServer
let page: Page
const wrong: string[] = []

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'i2i-workers-'))
  // It warns of nothing in node_modules, where a user's packages are; here they are the repository's folders.
  await esbuild({ ...esbuildOptions, absWorkingDir: app, outdir: scratch, logLevel: 'error' } as Parameters<
    typeof esbuild
  >[0])
  await copyFile(join(app, 'index.html'), join(scratch, 'index.html'))
  await writeFile(join(scratch, 'silent.js'), 'export {}')
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--js-flags=--expose-gc',
    ],
  })
  server = await serve(strict)
  page = await open(server.origin)
}, 180_000)
afterEach(async () => {
  await collectGarbage()
  expect(wrong.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

function serve(policy: string): Promise<FileServer> {
  const folders = {
    '/': scratch,
    '/models/toon/': join(rootPath, 'models/toon'),
    '/photo/': join(rootPath, 'examples/node-photo'),
  }
  return serveFolders(folders, { 'content-security-policy': policy })
}

async function open(origin: string): Promise<Page> {
  const opened = await browser.newPage()
  // Chromium warns of every frame that it collects unclosed, in pages and in workers.
  opened.on('console', (message) => {
    const text = message.text()
    // Of asking for a GPU where there is none.
    if (['error', 'warning'].includes(message.type()) && !text.startsWith('No available adapters')) wrong.push(text)
  })
  opened.on('pageerror', (error) => wrong.push(String(error)))
  await opened.goto(origin)
  await opened.waitForFunction('document.title === "done"', undefined, { timeout: 60_000 })
  return opened
}

// Frames that nobody closed are told of when they are collected.
async function collectGarbage(): Promise<void> {
  const contexts: { evaluate(script: string): Promise<unknown> }[] = [page, ...page.workers()]
  for (let i = 0; i < 2; i++) {
    for (const context of contexts) await context.evaluate('gc()').catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function check<T>(name: string, ...args: readonly unknown[]): Promise<T> {
  return await page.evaluate(`checks[${JSON.stringify(name)}](...${JSON.stringify(args)})`)
}

interface Compared {
  readonly here: readonly string[]
  readonly there: readonly string[]
  readonly again?: readonly string[]
}

describe('a worker under a strict policy gives bit by bit what the page gives', () => {
  it('for every kind of source, which stays as it was', async () => {
    const kinds = await check<string[]>('kinds')
    expect(kinds.length).toBeGreaterThan(9)
    for (const kind of kinds) {
      const { here, there, again } = await check<Compared>('source', kind)
      expect([kind, ...there]).toEqual([kind, ...here])
      expect([kind, ...(again ?? [])]).toEqual([kind, ...here])
      expect(here[0]).toMatch(/[0-9a-f]{16}/)
    }
  })

  it.each(['RawImage', 'ImageData', 'ImageBitmap', 'VideoFrame'])('as %s', async (as) => {
    const { here, there } = await check<Compared>('form', as)
    expect(there).toEqual(here)
  })

  it.each(['none', 'RawImage', 'ImageData'])('drawn on a canvas, as %s', async (as) => {
    const { here, there } = await check<Compared>('intoElement', as)
    expect(there).toEqual(here)
    expect(here.at(-1)).toMatch(/^96x64 [0-9a-f]{16}/)
  })

  it('drawn on a canvas that moved', async () => {
    const { here, there } = await check<{ here: string; there: string }>('intoMoved')
    expect(there).toBe(here)
  })
})

describe('what crosses', () => {
  it('moves what is handed over, and nothing else', async () => {
    expect(await check('moves')).toEqual({ false: [24_576, 24_576, 96, 'I420'], true: [0, 0, 0, null] })
  })

  it('aborts with the very reason, and the next call works', async () => {
    expect(await check('aborts')).toEqual([true, true])
  })

  it('errors as they are', async () => {
    const [here, there] = await check<string[][]>('errors')
    expect(there).toEqual(here)
    expect(here?.map((text) => text.split(':')[0])).toEqual([
      'OPTION_INVALID',
      'OPTION_INVALID',
      'IMAGE_INVALID',
      'OPTION_INVALID',
      'IMAGE_INVALID',
      'IMAGE_INVALID',
      'IMAGE_INVALID',
    ])
  })

  it('dumps and progress', async () => {
    const found = await check<{ stages: string[]; same: boolean; phases: string[]; done: unknown }>('dumps')
    expect(found.stages).toEqual(['sdkInput', 'modelInput', 'modelOutput', 'modelOutput', 'sdkOutput', 'sdkOutput'])
    expect(found.same).toBe(true)
    expect(found.phases).toEqual(['download', 'verify', 'compile', 'warmup'])
    expect(found.done).toEqual([[1, 1]])
  })
})

describe('frames', () => {
  it('come through a stream in order, with their timestamps', async () => {
    const before = await check<number>('closed')
    expect(await check('stream', 40)).toEqual(Array.from({ length: 40 }, (_, i) => i * 1000))
    expect(await check('closed')).toBe(before + 40)
    const kept = await check<number[]>('stream', 40, { late: 'drop' })
    expect(await check('closed')).toBe(before + 40 + kept.length)
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
    expect(await check('rawStream')).toBe(true)
  })

  it('are closed when their call is aborted', async () => {
    const before = await check<number>('closed')
    const aborted = await check<number>('abortedFrames', 30)
    expect(aborted).toBeGreaterThan(0)
    // One whose call was given up before it was sent stayed in the page.
    expect(await check('closed')).toBeGreaterThan(before)
  })

  it('are all closed, and 500 calls leave nothing behind', async () => {
    const heap = await page.context().newCDPSession(page)
    const used = async (): Promise<number> => {
      await heap.send('HeapProfiler.collectGarbage')
      return (await heap.send('Runtime.getHeapUsage')).usedSize
    }
    await check('calls', 100)
    const [before, closed] = [await used(), await check<number>('closed')]
    await check('calls', 500)
    expect(((await used()) - before) / 500).toBeLessThan(1024)
    expect(await check('closed')).toBe(closed + 500)
  })
})

describe('a camera', () => {
  it('plays through the worker onto a canvas while the page stays responsive', async () => {
    await check('ready')
    const busy = await traced(() => check<Played>('busy'))
    expect(busy.longest).toBeGreaterThan(50)
    expect(busy.found.long.length).toBeGreaterThan(0)
    const { found, longest } = await traced(() => check<Played>('toCanvas', 15))
    expect(found).toMatchObject({ shown: 15, size: [320, 240] })
    expect(longest).toBeLessThan(50)
  })

  it('plays through the streams of the page', async () => {
    await check('ready')
    const { found, longest } = await traced(() => check<Played>('throughPage', 15))
    expect(found.shown).toBe(15)
    expect(longest).toBeLessThan(50)
  })
})

interface Played {
  readonly long: readonly number[][]
  readonly shown: number
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the thread's own clock. */
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/**
 * The longest task of the page's main thread in milliseconds of its own work: what a PerformanceObserver calls a long task may have
 * waited for a processor that another program had.
 */
async function traced<T>(work: () => Promise<T>): Promise<{ found: T; longest: number }> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  const found = await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const main = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`)
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && main.includes(`${pid} ${tid}`),
  )
  expect(tasks.length).toBeGreaterThan(2)
  return { found, longest: Math.max(...tasks.map(({ tdur = Number.POSITIVE_INFINITY }) => tdur)) / 1000 }
}

describe('a worker that goes wrong', () => {
  it('is killed in flight: every call is told, the next load works', async () => {
    const { errors, width, after } = await check<{ errors: string[]; width: number; after: string }>('killed')
    expect(errors).toHaveLength(9)
    // The first ones may have been done in time.
    for (const error of errors.slice(4))
      expect(error).toMatch(/^DEVICE_LOST: the worker was ended by something else; call loadInWorker/)
    expect(width).toBe(96)
    expect(after).toMatch(/^DISPOSED/)
  })

  it('is not there, not allowed, broken or silent', async () => {
    expect(await check('missing')).toMatch(
      /^BACKEND_UNAVAILABLE: the worker script could not be loaded.*Content-Security-Policy/,
    )
    expect(await check('elsewhere')).toMatch(/^BACKEND_UNAVAILABLE: no worker could be made: SecurityError/)
    expect(await check('broken')).toMatch(/^BACKEND_UNAVAILABLE: the worker threw .*broken from the start/)
    expect(await check('silent')).toMatch(/^BACKEND_UNAVAILABLE: the worker said nothing for 300 ms.*serve\(\)/)
    await using closed = await serve(`${strict}; worker-src 'none'`)
    const own = page
    try {
      page = await open(closed.origin)
      expect(await check('refused')).toMatch(/^BACKEND_UNAVAILABLE: .*Content-Security-Policy/)
      // The browser's own words for what was told.
      expect(wrong.splice(0).join()).toMatch(/Content Security Policy/)
    } finally {
      page = own
    }
  })
})
