import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { rootPath } from './pictures.js'

const swiftShader = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
]
const quiet = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** A headless Chromium; its GPU is SwiftShader, unless `gpu` is false. */
export async function launch(args: readonly string[] = [], gpu = true): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [...quiet, '--disable-component-update', '--disable-sync', ...(gpu ? swiftShader : []), ...args],
  })
}

export interface DemoServer extends AsyncDisposable {
  readonly origin: string
  /** All that it printed. */
  readonly output: string
}

/** What `npm run demo:web` starts after the set-up, built into a folder of its own. */
export async function serveDemo(outDir: string, port = '0'): Promise<DemoServer> {
  const script = join(rootPath, 'examples/browser-demo/serve.mjs')
  const server = spawn(process.execPath, [script], {
    env: { ...process.env, PORT: port, OUT_DIR: outDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const origin = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', (part) => {
      output += part
      const address = /http:\/\/[\d.:]+/.exec(output)?.[0]
      if (address) resolve(address)
    })
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)))
  })
  return {
    origin,
    get output() {
      return output
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
    },
  }
}

export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Errors on the console, exceptions, and requests that leave the origin. */
  readonly wrong: string[]
}

interface VisitOptions extends BrowserContextOptions {
  /** Before the first request. */
  prepare?(page: Page): Promise<unknown>
}

/** Opens the page; waits for nothing. */
export async function visit(browser: Browser, url: string, { prepare, ...options }: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const wrong: string[] = []
  const { origin } = new URL(url)
  page.on('console', (message) => {
    // Runtimes warn of their own speed.
    if (message.type() === 'error') wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(String(error)))
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) wrong.push(request.url())
  })
  await prepare?.(page)
  await page.goto(url)
  return { page, wrong, [Symbol.asyncDispose]: () => context.close() }
}

/** Waits until the stage shows a result or a failure, and says which. */
export async function settled(page: Page): Promise<string> {
  const stage = page.locator('#stage[data-state=done], #stage[data-state=failed]')
  await stage.waitFor({ timeout: 90_000 })
  return (await stage.getAttribute('data-state')) ?? ''
}

/** Does something to the page and waits until the stage has begun anew, however briefly, and settled. */
export async function settledAfter(page: Page, act: () => Promise<unknown>): Promise<string> {
  await page.evaluate(`globalThis.begun = new Promise((resolve) => {
    const options = { attributes: true, attributeFilter: ['data-state'] }
    new MutationObserver(resolve).observe(document.querySelector('#stage'), options)
  }), undefined`)
  await act()
  await page.evaluate('globalThis.begun.then(() => undefined)')
  return await settled(page)
}

/** The pixels of a canvas of the page, RGBA. */
export async function canvasPixels(
  page: Page,
  selector: string,
): Promise<{ width: number; height: number; data: Buffer }> {
  const { width, height, base64 } = await page.evaluate<{
    width: number
    height: number
    base64: string
  }>(`(async () => {
    const canvas = document.querySelector('${selector}')
    const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let text = ''
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768))
    return { width, height, base64: btoa(text) }
  })()`)
  return { width, height, data: Buffer.from(base64, 'base64') }
}

/** Drops files on the page as a person does. */
export async function drop(page: Page, file: { name: string; type: string; bytes: Buffer }): Promise<void> {
  const { name, type, bytes } = file
  const transfer = await page.evaluateHandle(
    ([name, type, base64]) => {
      const { atob, DataTransfer, File } = globalThis as unknown as Record<string, never> & PageGlobals
      const bytes = Uint8Array.from(atob(base64), (letter: string) => letter.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], name, { type }))
      return transfer
    },
    [name, type, bytes.toString('base64')] as const,
  )
  await page.dispatchEvent('#frame', 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent('#frame', 'drop', { dataTransfer: transfer })
}

// The tests compile without DOM types.
interface PageGlobals {
  atob(text: string): string
  DataTransfer: new () => { items: { add(file: object): void } }
  File: new (parts: Uint8Array[], name: string, options: { type: string }) => object
}
