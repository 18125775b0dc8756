import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

export interface FileServer extends AsyncDisposable {
  readonly origin: string
  /** Paths that were asked for and not there. */
  readonly missing: readonly string[]
}

/** Serves folders on a loopback port: the longest prefix of a path names its folder. */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<FileServer> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length)
  const missing: string[] = []
  const server = createServer(async ({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(url.replace(/[?#].*/, '')))
    const prefix = prefixes.find((start) => path.startsWith(start)) ?? '/'
    const file = join(folders[prefix] ?? '', path === '/' ? 'index.html' : path.slice(prefix.length))
    try {
      const body = await readFile(file)
      response
        .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', ...headers })
        .end(body)
    } catch {
      if (path !== '/favicon.ico') missing.push(path)
      response.writeHead(path === '/favicon.ico' ? 204 : 404, headers).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    missing,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
