import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ort } from '@i2i/backend-ort'
import { load } from '@i2i/core'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canvasPixels, type DemoServer, drop, launch, serveDemo, settled, visit } from './support/demo.js'
import { astronaut, photoPath, pixelsOf, toonManifest } from './support/pictures.js'

let folder: string
let server: DemoServer
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-browser-demo-'))
  server = await serveDemo(join(folder, 'page'))
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const screens = [
  ['a desk', { width: 1280, height: 800 }, 'light'],
  ['a desk at night', { width: 1280, height: 800 }, 'dark'],
  ['a phone', { width: 390, height: 844 }, 'light'],
  ['a phone at night', { width: 390, height: 844 }, 'dark'],
] as const

describe.each(screens)('on %s', (name, viewport, colorScheme) => {
  it('a dropped photo becomes the toon that Node makes of it', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, { viewport, colorScheme })
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    await drop(page, { name: 'astronaut.png', type: 'image/png', bytes: await readFile(photoPath) })
    await page.locator('#stage[data-state=working], #stage[data-state=loading]').waitFor()
    expect(await settled(page)).toBe('done')
    const shown = await canvasPixels(page, '#after')
    expect(shareWithin(shown.data, await nodeToon(), 2)).toBeGreaterThanOrEqual(0.999)
    expect(await page.textContent('#status')).toMatch(/^Toon: 512 × 512 in [\d.]+ m?s, ONNX Runtime, WebAssembly\.$/)
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    expect(await seriousFindings(page)).toEqual([])
    expect(wrong).toEqual([])
  })
})

let made: Promise<Uint8Array> | undefined
async function nodeToon(): Promise<Uint8Array> {
  made ??= (async () => {
    await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), device: 'cpu' })
    return pixelsOf((await toon.translate(await astronaut())).image)
  })()
  return await made
}

/** The share of pixels of which no sample differs by more than `most`. */
function shareWithin(a: Uint8Array, b: Uint8Array, most: number): number {
  if (a.length !== b.length) return 0
  let near = 0
  for (let i = 0; i < a.length; i += 4) {
    if ([0, 1, 2, 3].every((c) => Math.abs((a[i + c] ?? 0) - (b[i + c] ?? 0)) <= most)) near++
  }
  return near / (a.length / 4)
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
