import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ort } from '@i2i/backend-ort'
import { load, type RawImage } from '@i2i/core'
import { readImage, writeImage } from '@i2i/core/node'
import { readDump } from '@i2i/parity/node'
import axe from 'axe-core'
import { unzipSync } from 'fflate'
import type { Browser, Page } from 'playwright'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canvasPixels, type DemoServer, drop, launch, serveDemo, settled, settledAfter, visit } from './support/demo.js'
import { astronaut, part, photoPath, pixelsOf, toonManifest } from './support/pictures.js'

const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

let folder: string
let server: DemoServer
let browser: Browser
let photo: RawImage
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-browser-demo-'))
  server = await serveDemo(join(folder, 'page'))
  browser = await launch()
  photo = await astronaut()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  // KEEP=1 leaves the screenshots to be looked at.
  if (!process.env['KEEP']) await rm(folder, { recursive: true, force: true })
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
    const file = { name: 'astronaut.png', type: 'image/png', bytes: await readFile(photoPath) }
    expect(await settledAfter(page, () => drop(page, file))).toBe('done')
    const shown = await canvasPixels(page, '#after')
    expect(shareWithin(shown.data, await nodeToon(photo), 2)).toBeGreaterThanOrEqual(0.999)
    expect(await page.textContent('#status')).toMatch(/^Toon: 512 × 512 in [\d.]+ m?s, ONNX Runtime, WebAssembly\.$/)
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    expect(await seriousFindings(page)).toEqual([])
    expect(wrong).toEqual([])
  })
})

it('is served on a free port where the wanted one is taken, to this machine alone, under its policy', async () => {
  const { port } = new URL(server.origin)
  await using second = await serveDemo(join(folder, 'second'), port)
  expect(new URL(second.origin).hostname).toBe('127.0.0.1')
  expect(new URL(second.origin).port).not.toBe(port)
  expect(second.output).toContain(`The demo is at ${second.origin}/`)
  const response = await fetch(second.origin)
  expect(response.headers.get('content-security-policy')).toBe(policy)
  const [, stated] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(await response.text()) ?? []
  expect(stated?.replaceAll('&#39;', "'")).toBe(policy)
})

describe('the page', () => {
  it('shows at once what it does, while the model is on its way', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, {
      // The model never comes.
      prepare: (page) => page.route('**/toon.onnx', () => undefined),
    })
    const { page } = visited
    await page.locator('#before').waitFor()
    const [left, right] = [await onScreen(page, 0.45), await onScreen(page, 0.75)]
    const shown = 'getComputedStyle(document.querySelector("#sample-after")).clipPath'
    expect(await page.evaluate(shown)).toBe('inset(0px 0px 0px 50%)')
    expect([left, right]).toEqual(['before', 'sample-after'])
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toBe('Fetching the model, 1.4 MB…')
    expect(await page.getByRole('progressbar').isVisible()).toBe(true)
    await page.screenshot({ path: join(folder, 'first.png') })
  })

  it('offers what can run with what is chosen', async () => {
    const usable = (page: Page) =>
      page.evaluate<string>(
        "[...document.querySelectorAll('#settings input:enabled')].map((input) => input.value + (input.checked ? '!' : '')).join(' ')",
      )
    await using visited = await visit(browser, `${server.origin}/?device=cpu`)
    const { page } = visited
    expect(await usable(page)).toBe('toon! enlarge identity ort! tfjs auto! webgpu wasm')
    await page.getByText('Enlarge', { exact: true }).click()
    expect(await usable(page)).toBe('toon enlarge! identity tfjs! auto! webgpu wasm cpu')
    await page.getByText('Toon', { exact: true }).last().click()
    expect(await usable(page)).toBe('toon! enlarge identity ort tfjs! auto! webgpu wasm cpu')
  })

  it('shows nothing through a picture with transparency, neither the sample nor the photo', async () => {
    const disc = Buffer.from('<svg width="300" height="200"><circle cx="150" cy="100" r="60" fill="#06c"/></svg>')
    await using visited = await visit(browser, `${server.origin}/?device=wasm&model=identity`)
    const { page } = visited
    expect(await settled(page)).toBe('done')
    await drop(page, { name: 'disc.png', type: 'image/png', bytes: await sharp(disc).png().toBuffer() })
    await expect.poll(() => page.textContent('#status')).toMatch(/^Identity: 300 × 200 in/)
    const clips = "['before', 'after'].map((id) => getComputedStyle(document.getElementById(id)).clipPath)"
    expect(await page.evaluate(clips)).toEqual(['inset(0px 50% 0px 0px)', 'inset(0px 0px 0px 50%)'])
    const { data, info } = await sharp(await page.locator('#frame').screenshot())
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    // The lowest rows, which no tag covers, are a chequered board of two light greys.
    const rows = data.subarray(
      Math.floor(info.height * 0.9) * info.width * 3,
      Math.floor(info.height * 0.97) * info.width * 3,
    )
    expect(rows.reduce((least, sample) => Math.min(least, sample))).toBeGreaterThan(150)
  })

  it('has a line between photo and result that mouse and keys move', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm&model=identity`)
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    const slider = page.getByRole('slider')
    const clip = () => page.evaluate<string>("getComputedStyle(document.querySelector('#after')).clipPath")
    expect(await slider.getAttribute('aria-valuetext')).toBe('50 % photo, 50 % result')

    const frame = await page.locator('#frame').boundingBox()
    if (!frame) throw new Error('no frame')
    const at = (share: number) => [frame.x + frame.width * share, frame.y + frame.height / 2] as const
    await page.mouse.move(...at(0.5))
    await page.mouse.down()
    await page.mouse.move(...at(0.2), { steps: 4 })
    await page.mouse.up()
    expect(await slider.inputValue()).toBe('20')
    expect(await clip()).toMatch(/^inset\(0px 0px 0px (20|19\.9|20\.0)/)
    // The mouse has left the line where it is: moving on without the button changes nothing.
    await page.mouse.move(...at(0.9))
    expect(await slider.inputValue()).toBe('20')

    expect(await page.evaluate('document.activeElement.id')).toBe('split')
    await page.keyboard.press('ArrowRight')
    expect(await slider.inputValue()).toBe('21')
    await page.keyboard.press('End')
    expect(await slider.getAttribute('aria-valuetext')).toBe('100 % photo, 0 % result')
    expect(await clip()).toBe('inset(0px 0px 0px 100%)')
    await page.keyboard.press('Home')
    expect(await clip()).toMatch(/^inset\(0px( 0px 0px 0%)?\)$/)
    expect(wrong).toEqual([])
  })

  it('takes a pasted photo the right way up, reduces a large one, and works at its full size when asked', async () => {
    const { data, info } = await sharp(photoPath)
      .resize(2000, 1000, { fit: 'cover' })
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const raw = { width, height, channels: channels as 3 | 4 }
    // On its side, as phones write them: 6 is a quarter turn clockwise.
    const turned = await sharp(data, { raw }).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    await using visited = await visit(browser, `${server.origin}/?device=wasm&model=identity`)
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${turned.toString('base64')}'), (letter) => letter.charCodeAt(0))
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([bytes], 'phone.jpg', { type: 'image/jpeg' }))
      dispatchEvent(new ClipboardEvent('paste', { clipboardData }))
    })()`)
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toMatch(/^Identity: 866 × 1732 in/)
    const box = page.getByLabel('Work at its full size (1000 × 2000)')
    await box.check()
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toMatch(/^Identity: 1000 × 2000 in/)
    const shown = await canvasPixels(page, '#before')
    const upright = await sharp(turned).rotate().ensureAlpha().raw().toBuffer()
    // Two JPEG decoders.
    expect(shareWithin(shown.data, upright, 8)).toBeGreaterThan(0.99)
    await drop(page, { name: 'astronaut.png', type: 'image/png', bytes: await readFile(photoPath) })
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toMatch(/^Identity: 512 × 512 in/)
    expect(await box.isVisible()).toBe(false)
    expect(wrong).toEqual([])
  })

  // SwiftShader takes its time.
  it('runs the same toon on every runtime and device, and says which', { timeout: 300_000 }, async () => {
    const small = part(photo, 150, 20, 96, 64)
    const path = join(folder, 'small.png')
    await writeImage(path, small)
    const expected = await nodeToon(small)
    await using visited = await visit(browser, `${server.origin}/?device=wasm`)
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    await drop(page, { name: 'small.png', type: 'image/png', bytes: await readFile(path) })
    const steps = [
      ['WebGPU', /^Toon: 96 × 64 in .*, ONNX Runtime, WebGPU\.$/],
      ['TensorFlow.js', /^Toon: 96 × 64 in .*, TensorFlow\.js, WebGPU\.$/],
      ['WASM', /^Toon: 96 × 64 in .*, TensorFlow\.js, WebAssembly\.$/],
    ] as const
    for (const [label, status] of steps) {
      await page.getByText(label, { exact: true }).click()
      await expect.poll(() => page.textContent('#status'), { timeout: 100_000 }).toMatch(status)
      const shown = await canvasPixels(page, '#after')
      expect(shareWithin(shown.data, expected, 2), String(status)).toBeGreaterThanOrEqual(0.999)
      expect(await page.textContent('#decisions')).toContain('SHA-256 checked: 818ba72e1246')
    }
    await page.getByText('Enlarge', { exact: true }).click()
    await expect.poll(() => page.textContent('#status'), { timeout: 60_000 }).toMatch(/^Enlarged: 192 × 128 in/)
    expect(wrong).toEqual([])
  })

  it('checks the link, saves the report, and gives a dump that reads', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, { acceptDownloads: true })
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    await page.getByRole('button', { name: 'Check the link' }).click()
    const verdict = page.locator('#link-result .verdict')
    await verdict.waitFor({ timeout: 60_000 })
    expect(await verdict.textContent()).toBe('The link is faithful: what comes out is what went in.')
    const [report] = await Promise.all([page.waitForEvent('download'), page.getByText('Save the report').click()])
    expect(report.suggestedFilename()).toBe('i2i-link.html')
    const html = await readFile(await report.path(), 'utf8')
    expect(html).toContain('The link is faithful')
    // Sent and received; there is no difference to show.
    expect(html.match(/<img [^>]*src="data:image\/png/g)).toHaveLength(2)
    expect(html).toContain('Not a sample differs.')

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Download the dump').click()])
    const zip = unzipSync(await readFile(await download.path()))
    for (const [name, bytes] of Object.entries(zip)) {
      await mkdir(dirname(join(folder, 'dump', name)), { recursive: true })
      if (!name.endsWith('/')) await writeFile(join(folder, 'dump', name), bytes)
    }
    const dump = await readDump(join(folder, 'dump/toon.i2idump'))
    expect(dump.run.backend).toBe('onnxruntime-web')
    expect(dump.calls).toHaveLength(1)
    // The dump's pictures are those on the page.
    const output = await readImage(join(folder, 'dump/toon.i2idump/0001/sdk_output.png'))
    expect(Buffer.from(pixelsOf(output)).equals((await canvasPixels(page, '#after')).data)).toBe(true)
    const input = await readImage(join(folder, 'dump/toon.i2idump/0001/sdk_input.png'))
    expect(Buffer.from(pixelsOf(input)).equals((await canvasPixels(page, '#before')).data)).toBe(true)
    await page.screenshot({ path: join(folder, 'proof.png'), fullPage: true })
    expect(await seriousFindings(page)).toEqual([])
    expect(wrong).toEqual([])
  })
})

/** The topmost picture at a share of the frame's width. */
async function onScreen(page: Page, share: number): Promise<string> {
  return await page.evaluate(`(() => {
    const { left, top, width, height } = document.querySelector('#frame').getBoundingClientRect()
    const under = document.elementsFromPoint(left + width * ${share}, top + height * 0.9)
    return under.find(({ classList }) => classList.contains('layer')).id
  })()`)
}

const toons = new Map<RawImage, Promise<Uint8Array>>()
/** What Node makes of a photo; made once. */
async function nodeToon(photo: RawImage): Promise<Uint8Array> {
  const known = toons.get(photo)
  const made = known ?? translated(photo)
  toons.set(photo, made)
  return await made
}

async function translated(photo: RawImage): Promise<Uint8Array> {
  await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), device: 'cpu' })
  return pixelsOf((await toon.translate(photo)).image)
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
