import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canvasPixels, type DemoServer, launch, serveDemo, settled, visit } from './support/demo.js'

let folder: string
let server: DemoServer
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-demo-live-'))
  server = await serveDemo(join(folder, 'page'))
  browser = await launch(['--use-fake-device-for-media-stream'])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  // KEEP=1 leaves the screenshots to be looked at.
  if (!process.env['KEEP']) await rm(folder, { recursive: true, force: true })
})

const identity = (): string => `${server.origin}/?device=wasm&model=identity`

/** The largest mean difference of a channel between photo and result; an identity leaves what two colour conversions leave. */
async function apart(page: Page): Promise<number> {
  const [before, after] = [await canvasPixels(page, '#before'), await canvasPixels(page, '#after')]
  expect([after.width, after.height]).toEqual([before.width, before.height])
  const sums = [0, 0, 0, 0]
  for (let i = 0; i < before.data.length; i++) sums[i % 4]! += Math.abs(before.data[i]! - after.data[i]!)
  return Math.max(...sums.map((sum) => (4 * sum) / before.data.length))
}

describe('the camera', () => {
  it('runs through the model, pauses, records, and gives a frame as the photo', async () => {
    await using visited = await visit(browser, identity(), { permissions: ['camera'], acceptDownloads: true })
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    await page.getByRole('button', { name: 'Camera' }).click()
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toBe('The camera is on.')
    const frame = (): Promise<string> => canvasPixels(page, '#after').then(({ data }) => data.toString('base64'))
    const first = await frame()
    await expect.poll(frame, { timeout: 30_000 }).not.toBe(first)

    await page.getByRole('button', { name: 'Pause' }).click()
    await page.waitForTimeout(1500)
    const still = await frame()
    expect(await apart(page)).toBeLessThan(1.5)
    await page.waitForTimeout(1000)
    expect(await frame()).toBe(still)
    await page.screenshot({ path: join(folder, 'camera.png') })

    await page.getByRole('button', { name: 'Play' }).click()
    await page.getByLabel('Keep time').check()
    await expect.poll(() => page.textContent('#timings'), { timeout: 30_000 }).toContain('a frame from end to end')
    const paced = await frame()
    await expect.poll(frame, { timeout: 30_000 }).not.toBe(paced)
    await page.getByLabel('Keep time').uncheck()
    await expect.poll(() => page.textContent('#timings'), { timeout: 30_000 }).toContain('Unpack')
    await page.getByText('TensorFlow.js', { exact: true }).click()
    await expect.poll(() => page.textContent('#device-note'), { timeout: 30_000 }).toContain('TensorFlow.js')
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toBe('The camera is on.')
    await page.getByRole('button', { name: 'Record' }).click()
    await page.waitForTimeout(2500)
    const [dialog] = await Promise.all([page.waitForEvent('dialog'), page.close({ runBeforeUnload: true })])
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    const [recorded] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Stop and save' }).click(),
    ])
    expect(await played(await recorded.path())).toMatchObject({ width: 640, height: 480 })

    await page.getByRole('button', { name: 'Take this frame as the photo' }).click()
    expect(await settled(page)).toBe('done')
    await expect.poll(() => page.textContent('#status')).toMatch(/^Identity: 640 × 480/)
    expect(await apart(page)).toBe(0)
    expect(await page.locator('#live').isVisible()).toBe(false)
    expect(wrong).toEqual([])
  })
})

describe('a video file', () => {
  it('plays through the model again and again, and is saved whole', async () => {
    const clip = await makeClip(false)
    await using visited = await visit(browser, identity(), { acceptDownloads: true })
    const { page, wrong } = visited
    expect(await settled(page)).toBe('done')
    const clear = { name: 'clear.webm', mimeType: 'video/webm', buffer: await makeClip(true) }
    await page.setInputFiles('#clip-file', clear)
    await expect
      .poll(() => page.getByRole('alert').textContent(), { timeout: 30_000 })
      .toContain('it has an alpha channel')

    await page.setInputFiles('#clip-file', { name: 'square.webm', mimeType: 'video/webm', buffer: clip })
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toBe('The video is playing.')
    await expect.poll(() => page.locator('.history .model').count(), { timeout: 60_000 }).toBeGreaterThan(20)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.waitForTimeout(1000)
    // Colours so deep beside each other lose a little when chroma is halved once more.
    expect(await apart(page)).toBeLessThan(2.5)
    await page.screenshot({ path: join(folder, 'clip.png'), fullPage: true })

    const [saved] = await Promise.all([
      page.waitForEvent('download', { timeout: 60_000 }),
      page.getByRole('button', { name: 'Save as video' }).click(),
    ])
    expect(saved.suggestedFilename()).toMatch(/^square-identity\.(mp4|webm)$/)
    const video = await played(await saved.path())
    expect(video).toMatchObject({ width: 96, height: 64 })
    expect(video.duration).toBeGreaterThan(0.5)
    // Its left half is red and its right half blue, as it was before.
    expect(video.left[0]).toBeGreaterThan(180)
    expect(video.left[2]).toBeLessThan(80)
    expect(video.right[2]).toBeGreaterThan(180)
    expect(video.right[0]).toBeLessThan(80)
    expect(wrong).toEqual([])
  })
})

/** A second of red beside blue, with a white square that moves, opaque or with an alpha channel; recorded by another page. */
async function makeClip(alpha: boolean): Promise<Buffer> {
  const page = await browser.newPage()
  try {
    const base64 = await page.evaluate<string>(`(async () => {
      const canvas = document.createElement('canvas')
      ;[canvas.width, canvas.height] = [96, 64]
      const context = canvas.getContext('2d', { alpha: ${alpha} })
      const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' })
      const parts = []
      recorder.ondataavailable = ({ data }) => parts.push(data)
      const stopped = new Promise((resolve) => { recorder.onstop = resolve })
      recorder.start()
      for (let i = 0; i < 20; i++) {
        context.fillStyle = '#e01010'
        context.fillRect(0, 0, 48, 64)
        context.fillStyle = '#1010e0'
        context.fillRect(48, 0, 48, 64)
        context.fillStyle = '#fff'
        context.fillRect(38 + i, 2, 8, 8)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      recorder.stop()
      await stopped
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    })()`)
    return Buffer.from(base64, 'base64')
  } finally {
    await page.close()
  }
}

interface Played {
  readonly width: number
  readonly height: number
  readonly duration: number
  readonly left: readonly number[]
  readonly right: readonly number[]
}

/** What the browser's own player makes of a video: size, length, and a pixel of each side of a frame in its middle. */
async function played(path: string): Promise<Played> {
  const bytes = await readFile(path)
  const type = bytes.subarray(4, 8).toString('latin1') === 'ftyp' ? 'video/mp4' : 'video/webm'
  const page = await browser.newPage()
  try {
    return await page.evaluate<Played>(`(async () => {
      const video = document.createElement('video')
      video.muted = true
      video.src = 'data:${type};base64,${bytes.toString('base64')}'
      await new Promise((resolve, reject) => {
        video.onloadeddata = resolve
        video.onerror = () => reject(new Error(video.error.message))
      })
      const { videoWidth: width, videoHeight: height } = video
      const seek = async (time) => {
        const seeked = new Promise((resolve) => { video.onseeked = resolve })
        video.currentTime = time
        await seeked
      }
      // A recording does not know its length before it was played to its end; it begins with what the canvas was before it was drawn on.
      await seek(1e9)
      await seek(video.duration / 2)
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')
      context.drawImage(video, 0, 0)
      const at = (x) => [...context.getImageData(x, height - 8, 1, 1).data]
      return { width, height, duration: video.duration, left: at(8), right: at(width - 8) }
    })()`)
  } finally {
    await page.close()
  }
}
