import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canvasPixels, type DemoServer, drop, launch, serveDemo, settled, visit } from './support/demo.js'
import { photoPath } from './support/pictures.js'

let folder: string
let server: DemoServer
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-demo-errors-'))
  server = await serveDemo(join(folder, 'page'))
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const notice = (page: Page) => page.getByRole('alert')
const isWorker = /model\.worker-[\w-]+\.js$/

/** Puts a fault before the worker's own script, until the returned function is called. */
async function breakWorker(page: Page, script: string): Promise<() => Promise<void>> {
  await page.route(isWorker, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${script};${await response.text()}` })
  })
  return () => page.unroute(isWorker)
}

/** What the page says of a failure, once it does. */
async function failure(page: Page): Promise<string> {
  await notice(page).waitFor({ timeout: 60_000 })
  expect(await page.getAttribute('#stage', 'data-state')).toBe('failed')
  return (await notice(page).textContent()) ?? ''
}

async function retried(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try again' }).click()
  expect(await settled(page)).toBe('done')
  await expect.poll(() => notice(page).isVisible()).toBe(false)
}

const noGpu = "Object.defineProperty(navigator, 'gpu', { value: undefined })"
const noAdapter = 'navigator.gpu.requestAdapter = async () => null'

describe('WebGPU asked for', () => {
  it.each([
    ['absent', noGpu, /there is no navigator\.gpu/i],
    ['refused', noAdapter, /navigator\.gpu has no adapter/i],
  ])('and %s: says so, and runs on the best device there is', async (_, fault, reason) => {
    await using visited = await visit(browser, `${server.origin}/?device=webgpu`, {
      prepare: async (page) => void (await breakWorker(page, fault)),
    })
    const { page, wrong } = visited
    const said = await failure(page)
    expect(said).toContain('This cannot run here')
    expect(said).toMatch(reason)
    const refused = page.locator('#decisions .refused')
    expect(await refused.textContent()).toMatch(/^Device: not ONNX Runtime, WebGPU\./)
    expect(await refused.textContent()).toMatch(reason)

    await page.getByRole('button', { name: 'Use the best device here' }).click()
    expect(await settled(page)).toBe('done')
    expect(await page.textContent('#status')).toContain('ONNX Runtime, WebAssembly.')
    // Still told: why it is not what it could be.
    expect(await page.textContent('#decisions')).toMatch(reason)
    expect(await page.textContent('#decisions')).toContain('Instead: ONNX Runtime, WebAssembly.')
    expect(wrong).toEqual([])
  })

  it('and lost for good: says so, and the next attempt works', async () => {
    // Taken away as the first result is read back, and what is asked for in its place at once: as by a driver that crashes again.
    const lose = `
      const devices = []
      let lost = false
      const request = GPUAdapter.prototype.requestDevice
      GPUAdapter.prototype.requestDevice = async function (...args) {
        const device = await request.apply(this, args)
        devices.push(device)
        if (lost) device.destroy()
        return device
      }
      const mapAsync = GPUBuffer.prototype.mapAsync
      GPUBuffer.prototype.mapAsync = function (...args) {
        lost = true
        for (const device of devices) device.destroy()
        return mapAsync.apply(this, args)
      }`
    let restore = async (): Promise<void> => undefined
    await using visited = await visit(browser, `${server.origin}/?device=webgpu&model=identity`, {
      prepare: async (page) => {
        restore = await breakWorker(page, lose)
      },
    })
    const { page } = visited
    const said = await failure(page)
    expect(said).toContain('The GPU went away')
    await restore()
    await retried(page)
    expect(await page.textContent('#status')).toContain('ONNX Runtime, WebGPU.')
  })
})

describe('memory', () => {
  it('that runs out is said, given back, and the next attempt works', async () => {
    const full = `
      const grow = WebAssembly.Memory.prototype.grow
      WebAssembly.Memory.prototype.grow = function (pages) {
        if (this.buffer.byteLength + pages * 65536 < 40e6) return grow.call(this, pages)
        throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded')
      }`
    let restore = async (): Promise<void> => undefined
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, {
      prepare: async (page) => {
        restore = await breakWorker(page, full)
      },
    })
    const { page } = visited
    expect(await failure(page)).toContain('Not enough memory')
    await restore()
    await retried(page)
  })
})

describe('the model', () => {
  it('missing: says so, and the next attempt works', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, {
      prepare: (page) => page.route('**/toon.onnx', (route) => route.fulfill({ status: 404 })),
    })
    const { page } = visited
    const said = await failure(page)
    expect(said).toContain('The model did not arrive')
    expect(said).toContain('toon.onnx was answered with HTTP 404')
    await page.unroute('**/toon.onnx')
    await retried(page)
  })

  it('altered on its way: is not used, and the next attempt works', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, {
      prepare: (page) =>
        page.route('**/toon.onnx', async (route) => {
          const response = await route.fetch()
          const body = await response.body()
          body[1000] = (body[1000] ?? 0) ^ 1
          await route.fulfill({ response, body })
        }),
    })
    const { page } = visited
    const said = await failure(page)
    expect(said).toContain('The model is not the right one')
    expect(said).toContain('sha256')
    await page.unroute('**/toon.onnx')
    await retried(page)
  })

  it("and its worker's own script missing: says so, and the next attempt works", async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm`, {
      prepare: (page) => page.route(isWorker, (route) => route.fulfill({ status: 404 })),
    })
    const { page } = visited
    expect(await failure(page)).toContain('The page did not load whole')
    await page.unroute(isWorker)
    await retried(page)
  })
})

describe('a file', () => {
  it('that is no picture, a picture of another site, a broken video: each is said, and the last picture stays', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm&model=identity`)
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    const before = await canvasPixels(page, '#before')

    await drop(page, { name: 'letter.jpg', type: 'image/jpeg', bytes: Buffer.from('Dear all,') })
    const said = await failure(page)
    expect(said).toContain('This picture cannot be read')
    expect(said).toContain('"letter.jpg" (image/jpeg, 9 bytes)')
    // Neither another try nor another device would read it, and all of this is seen without scrolling.
    expect(await notice(page).getByRole('button').allTextContents()).toContain('Dismiss')
    expect(await notice(page).getByRole('button').count()).toBe(1)
    const box = await notice(page).boundingBox()
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800)

    await drop(page, { name: 'empty.png', type: 'image/png', bytes: Buffer.alloc(0) })
    await expect.poll(() => notice(page).textContent()).toContain('(image/png, 0 bytes): it is empty')
    await drop(page, { name: 'drawing.svg', type: 'image/svg+xml', bytes: Buffer.from('<svg/>') })
    await expect.poll(() => notice(page).textContent()).toContain('save it as a PNG')

    await dropLink(page, 'https://elsewhere.example/cat.jpg')
    await expect.poll(() => notice(page).textContent()).toContain('That picture lies on another site')

    await page.setInputFiles('#clip-file', { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no film') })
    await expect.poll(() => notice(page).textContent()).toContain('This video cannot be read')

    expect((await canvasPixels(page, '#before')).data.equals(before.data)).toBe(true)
    await page.getByRole('button', { name: 'Dismiss' }).click()
    expect(await notice(page).isVisible()).toBe(false)
    await drop(page, { name: 'astronaut.png', type: 'image/png', bytes: await readFile(photoPath) })
    expect(await settled(page)).toBe('done')
    expect((await canvasPixels(page, '#after')).data.equals(before.data)).toBe(false)
    expect(wrong).toEqual([])
  })
})

async function dropLink(page: Page, link: string): Promise<void> {
  await page.evaluate(`(() => {
    const dataTransfer = new DataTransfer()
    dataTransfer.setData('text/uri-list', '${link}')
    document.querySelector('#frame').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }))
  })()`)
}

describe('the camera', () => {
  it('refused: says so; allowed, the next attempt works', async () => {
    const withCamera = await launch(['--use-fake-device-for-media-stream'])
    try {
      await using visited = await visit(withCamera, `${server.origin}/?device=wasm&model=identity`)
      const { page } = visited
      expect(await settled(page)).toBe('done')
      await page.getByRole('button', { name: 'Camera' }).click()
      expect(await failure(page)).toContain('The camera stays off')
      await page.context().grantPermissions(['camera'], { origin: server.origin })
      await page.getByRole('button', { name: 'Try again' }).click()
      await expect.poll(() => page.textContent('#status')).toBe('The camera is on.')
      expect(await notice(page).isVisible()).toBe(false)
    } finally {
      await withCamera.close()
    }
  })

  it('gone while it runs: says so, and the next attempt opens it anew', async () => {
    const withCamera = await launch(['--use-fake-device-for-media-stream'])
    try {
      const options = { permissions: ['camera'] }
      await using visited = await visit(withCamera, `${server.origin}/?device=wasm&model=identity`, options)
      const { page } = visited
      expect(await settled(page)).toBe('done')
      // Twice: the second stream takes the first one's place, and is not ended with it.
      await page.getByRole('button', { name: 'Camera' }).dblclick()
      await expect.poll(() => page.textContent('#status')).toBe('The camera is on.')
      await page.waitForTimeout(1500)
      expect(await page.getAttribute('#stage', 'data-state')).toBe('done')
      await page.evaluate("document.querySelector('#camera').srcObject.getVideoTracks()[0].stop()")
      expect(await failure(page)).toContain('The camera went away')
      await page.getByRole('button', { name: 'Try again' }).click()
      await expect.poll(() => page.textContent('#status')).toBe('The camera is on.')
      expect(await notice(page).isVisible()).toBe(false)
    } finally {
      await withCamera.close()
    }
  })

  it('missing: says so', async () => {
    await using visited = await visit(browser, `${server.origin}/?device=wasm&model=identity`, {
      permissions: ['camera'],
    })
    const { page } = visited
    expect(await settled(page)).toBe('done')
    await page.getByRole('button', { name: 'Camera' }).click()
    expect(await failure(page)).toContain('No camera was found')
  })
})
