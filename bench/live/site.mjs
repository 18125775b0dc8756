// The page of the bench as a stranger would build it: bundled by esbuild, served from memory and from models/.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..', '..')
const types = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.html': 'text/html',
}

/** Serves the page on 127.0.0.1 until closed. */
export async function site() {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [
      'page.js',
      'worker.js',
      '@i2i/color/i2i-color-simd.wasm',
      '@i2i/color/i2i-color-relaxed.wasm',
      'onnxruntime-web/ort-wasm-simd-threaded.wasm',
    ],
    entryNames: '[name]',
    loader: { '.wasm': 'copy' },
    outdir: '/',
    bundle: true,
    format: 'esm',
    splitting: true,
    write: false,
    logLevel: 'error',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [path, contents]))
  files.set('/index.html', '<!doctype html><script type="module" src="/page.js"></script>')
  const server = createServer(async ({ url = '/' }, answer) => {
    const path = new URL(url, 'http://127.0.0.1').pathname
    const body =
      files.get(path) ??
      (/^\/models\/toon\/[\w.-]+$/.test(path) ? await readFile(join(root, path)).catch(() => {}) : undefined)
    if (body === undefined) return answer.writeHead(404).end()
    answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/index.html`, close: () => server.close() }
}
