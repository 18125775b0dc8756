import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { load, rawImage } from '@i2i/core'
import { directoryDump } from '@i2i/core/node'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import {
  bisect,
  bisectionReport,
  compareDumps,
  comparisonReport,
  dumpReport,
  type LinkFindings,
  linkReport,
} from '@i2i/parity'
import { readDump } from '@i2i/parity/node'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { astronaut, part, pixelsOf, toonManifest } from './support/pictures.js'

let folder: string
let browser: Browser
const reports = new Map<string, string>()
const names = ['dump', 'comparison', 'link', 'bisection'] as const

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-reports-'))
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  const [a, b] = [await dumped('a', false), await dumped('b', true)]
  reports.set('dump', await dumpReport(await readDump(a)))
  const [left, right] = [await readDump(a), await readDump(b)]
  reports.set('comparison', await comparisonReport(left, right, await compareDumps(left, right)))
  reports.set('link', await linkReport(findings, { sent: await photo(), received: await swapped() }))
  reports.set('bisection', bisectionReport(await bisected()))
  for (const [name, text] of reports) await writeFile(join(folder, `${name}.html`), text)
}, 120_000)
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

const verdicts = {
  dump: 'toon ran one call on onnxruntime-node (cpu); the numbers show nothing suspicious.',
  comparison: 'The dumps diverge first at modelOutput; sdkInput, modelInput agree.',
  link: 'The link is at fault: CHANNELS_SWAPPED.',
  bisection: 'The first node that diverges is Mul_1 (Mul, value "scaled"): at most 1.5 apart, with equal inputs.',
}

describe.each(names)('the report of a %s', (name) => {
  test.each([
    [1280, 'light', 'screen'],
    [1280, 'dark', 'screen'],
    [390, 'light', 'screen'],
    [390, 'dark', 'screen'],
    // A4 at 96 pixels an inch, from a browser that is dark on screen.
    [794, 'dark', 'print'],
  ] as const)(
    'at %i pixels, %s, %s: fits, reads, and asks nothing of the network',
    async (width, colorScheme, media) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
      const [requests, complaints]: [string[], string[]] = [[], []]
      page.on('request', (request) => requests.push(request.url()))
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      const url = pathToFileURL(join(folder, `${name}.html`)).href
      await page.goto(url)
      await page.emulateMedia({ media, colorScheme })
      expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url])
      expect(complaints).toEqual([])
      expect(await page.locator('.verdict').textContent()).toContain(verdicts[name])
      for (const selector of ['h1', '.verdict']) expect(await page.locator(selector).isVisible(), selector).toBe(true)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await broken(page)).toEqual([])
      // Paper does not scroll, nor does it unfold, and a desk has room enough.
      if (width > 390) expect(await clipped(page)).toEqual([])
      expect(await folded(page)).toBe(name === 'dump' && media === 'screen' ? 1 : 0)
      const paper = await luminance(page)
      expect(paper).toSatisfy((value: number) =>
        colorScheme === 'dark' && media === 'screen' ? value < 0.05 : value === 1,
      )
      for (const selector of ['body', '.verdict', 'td', 'caption', 'footer', '.badge'])
        for (const ratio of await contrasts(page, selector)) expect(ratio, selector).toBeGreaterThanOrEqual(4.5)
      expect((await page.screenshot({ fullPage: true })).length).toBeGreaterThan(10_000)
      await page.close()
    },
  )

  test('names nothing remote and runs no script', () => {
    const text = (reports.get(name) ?? '').replaceAll(/data:image\/png;base64,[\w+/=]+/g, '')
    expect(text).not.toMatch(/(https?:)?\/\/\w/)
    expect(text).not.toMatch(/<script|<link|@import|url\(/i)
    expect(text).toContain('<html lang="en">')
  })
})

test('what comes from a dump is text and never markup', async () => {
  const evil = '<img src=x onerror=alert(1)>'
  const dump = await readDump(await dumped('evil', false))
  const text = await dumpReport({ ...dump, run: { ...dump.run, backend: evil, model: { id: evil, version: '"&' } } })
  expect(text).not.toContain(evil)
  expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;')
})

async function dumped(name: string, identity: boolean): Promise<string> {
  const path = join(folder, name)
  const dump = directoryDump(path)
  await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), identity, dump })
  await toon.translate(await photo())
  await dump.close()
  return path
}

async function photo() {
  return part(await astronaut(), 150, 20, 64, 48)
}

async function swapped() {
  const data = pixelsOf(await photo())
  for (let i = 0; i < data.length; i += 4) [data[i], data[i + 2]] = [data[i + 2]!, data[i]!]
  return rawImage({ format: 'RGBA', width: 64, height: 48, data })
}

const findings: LinkFindings = {
  faithful: false,
  residual: 0.3,
  faults: [
    {
      code: 'CHANNELS_SWAPPED',
      severity: 'fault',
      message: 'Red and blue are exchanged.',
      evidence: { order: 'BGR' },
      alternatives: [],
    },
    {
      code: 'LOSSY_CODEC',
      severity: 'note',
      message: 'Fine detail is coarse.',
      evidence: { psnr: 38.2 },
      alternatives: [],
    },
  ],
  halves: { before: { faithful: true, faults: [], residual: 0 }, after: { faithful: true, faults: [], residual: 0 } },
  nonComputeMs: { pack: { p50: 0.4, p95: 0.8 } },
}

async function bisected() {
  const model = (scale: number) => {
    const g = new GraphBuilder()
    const x = g.node('Relu', [g.input('x', 'float32', [3])], {}, { as: 'kept' })
    const half = g.constant(Float32Array.of(scale), [1])
    g.output('y', 'float32', [3], g.node('Mul', [x, half], {}, { as: 'scaled' }))
    return writeModel(g.build())
  }
  const feeds = { x: { location: 'cpu', dtype: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) } } as const
  return await bisect({ a: { model: model(1), backend: ort() }, b: { model: model(0.5), backend: wasmOrt() }, feeds })
}

/** Tables and pictures of which a part does not show without scrolling. */
async function clipped(page: Page): Promise<string[]> {
  return await page.evaluate(`[
    ...[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel),
    ...[...document.images].filter((i) => i.getBoundingClientRect().right > innerWidth).map((i) => i.alt),
    ...[...document.images].filter((i) => i.getBoundingClientRect().width < 40).map((i) => i.alt + ' is too small'),
    ...[...document.images].filter((i) => Math.abs(i.clientWidth / i.clientHeight / (i.naturalWidth / i.naturalHeight) - 1) > 0.02).map((i) => i.alt + ' is out of shape'),
  ]`)
}

/** How many details do not show their content. */
async function folded(page: Page): Promise<number> {
  return await page.evaluate(
    `[...document.querySelectorAll('details > pre')].filter((e) => !e.checkVisibility()).length`,
  )
}

/** WCAG's luminance of the page. */
async function luminance(page: Page): Promise<number> {
  return await page.evaluate(`(() => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g)
      .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  })()`)
}

/** What an assistive program or a reader would miss. */
async function broken(page: Page): Promise<string[]> {
  return await page.evaluate(`[
    ...[...document.images].filter((i) => !i.alt || !i.naturalWidth).map((i) => 'img ' + i.src.slice(0, 40)),
    ...[...document.querySelectorAll('th:not([scope])')].map((th) => 'th ' + th.textContent),
    ...[...document.querySelectorAll('table:not(:has(caption))')].map(() => 'table without caption'),
    ...[...document.querySelectorAll('svg:not([aria-label])')].map(() => 'svg without label'),
    ...(document.querySelectorAll('h1').length === 1 ? [] : ['h1']),
  ]`)
}

/** WCAG 2's contrast of text with the page, of each element. */
async function contrasts(page: Page, selector: string): Promise<number[]> {
  return await page.evaluate(`(() => {
    const luminance = (color) => {
      const [r, g, b] = color.match(/[\\d.]+/g).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const paper = luminance(getComputedStyle(document.body).backgroundColor)
    return [...document.querySelectorAll('${selector}')].map((element) => {
      const ink = luminance(getComputedStyle(element).color)
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
    })
  })()`)
}
