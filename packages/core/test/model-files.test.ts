import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseManifest } from '../src/manifest.js'
import { openManifest, readVerified } from '../src/model-files.js'
import { fullManifest, minimalManifest } from './manifests.js'
import { file, model, refusal } from './model-fixtures.js'

const manifestText = JSON.stringify(fullManifest())

let dir: string
let server: Server
let origin: string
let handle: RequestListener

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-files-'))
  await mkdir(join(dir, 'toon'))
  await writeFile(join(dir, 'toon', 'toon.i2i.json'), manifestText)
  await writeFile(join(dir, 'toon', file.path), model)
  server = createServer((request, response) => handle(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(dir, { recursive: true })
})

describe('in the file system', () => {
  const manifestPath = (): string => join(dir, 'toon', 'toon.i2i.json')

  test.each([
    ['an absolute path', () => manifestPath()],
    ['a path relative to the working directory', () => relative(process.cwd(), manifestPath())],
    ['a file: URL', () => pathToFileURL(manifestPath())],
    ['a file: URL as text', () => pathToFileURL(manifestPath()).href],
  ])('reads a manifest and the files beside it by %s', async (_, source) => {
    const { manifest, files, origin: read } = await openManifest(source())
    expect(manifest).toEqual(parseManifest(fullManifest()))
    expect(read).toBe(manifestPath())
    expect(Buffer.compare(await readVerified(files, file), model)).toBe(0)
  })

  test.each([
    ['a folder', () => join(dir, 'toon')],
    ['a folder with a slash', () => join(dir, 'toon/')],
    ['the file: URL of a module in it', () => pathToFileURL(join(dir, 'toon', 'index.js')).href],
    ['the file: URL of the folder', () => pathToFileURL(join(dir, 'toon/'))],
  ])('finds the files of an object by %s as baseUrl', async (_, baseUrl) => {
    const { files, manifest } = await openManifest(parseManifest(minimalManifest()), { baseUrl: baseUrl() })
    expect(manifest.id).toBe('toon')
    expect(await readVerified(files, file)).toHaveLength(model.length)
  })

  test('reports progress up to the size', async () => {
    const { files } = await openManifest(manifestPath())
    const seen: unknown[] = []
    await files.read(file.path, { onProgress: (...args) => seen.push(args) })
    expect(seen).toEqual([
      [0, model.length],
      [model.length, model.length],
    ])
  })

  test('names what is missing, and what a folder holds', async () => {
    const lost = join(dir, 'nothing.json')
    expect(await refusal('MODEL_UNAVAILABLE', openManifest(lost))).toContain(`model manifest ${lost} does not exist`)
    const { files } = await openManifest(manifestPath())
    expect(await refusal('MODEL_UNAVAILABLE', readVerified(files, { ...file, path: 'no.onnx' }))).toContain(
      `model file ${join(dir, 'toon', 'no.onnx')} does not exist`,
    )
    expect(await refusal('MODEL_UNAVAILABLE', openManifest(join(dir, 'toon')))).toContain(
      'is a folder; name a file in it, such as toon.i2i.json',
    )
  })

  test('takes C:\\ for a path, not a scheme', async () => {
    expect(await refusal('MODEL_UNAVAILABLE', openManifest('C:\\models\\toon.json'))).toContain('does not exist')
  })

  test('names the place of a fault in a manifest', async () => {
    const path = join(dir, 'broken.json')
    await writeFile(path, '{"id": }')
    expect(await refusal('MANIFEST_INVALID', openManifest(path))).toContain(`${path} is not JSON: line 1, column 8`)
  })
})

describe('over http', () => {
  test('reads a manifest, its files beside it, and reports progress', async () => {
    const asked: (string | undefined)[] = []
    handle = ({ url }, response) => {
      asked.push(url)
      const body = url?.includes('.json') ? manifestText : model
      response.writeHead(200, { 'content-length': body.length }).end(body)
    }
    const { files } = await openManifest(new URL('/models/toon/toon.i2i.json?v=2', origin))
    const seen: [number, number | undefined][] = []
    const bytes = await readVerified(
      files,
      { ...file, path: 'toon.onnx' },
      { onProgress: (loaded, total) => seen.push([loaded, total]) },
    )
    expect(Buffer.compare(bytes, model)).toBe(0)
    expect(asked).toEqual(['/models/toon/toon.i2i.json?v=2', '/models/toon/toon.onnx'])
    expect(seen[0]).toEqual([0, model.length])
    expect(seen.at(-1)).toEqual([model.length, model.length])
    expect(seen.map(([loaded]) => loaded)).toEqual(seen.map(([loaded]) => loaded).sort((a, b) => a - b))
  })

  test('follows an absolute URL in a manifest from the file system', async () => {
    handle = (_, response) => response.end(model)
    const { files } = await openManifest(join(dir, 'toon', 'toon.i2i.json'))
    expect(await readVerified(files, { ...file, path: `${origin}/cdn.onnx` })).toHaveLength(model.length)
  })

  test('takes a data: URL as manifest, whose files then need a baseUrl', async () => {
    handle = (_, response) => response.end(model)
    const source = `data:application/json,${encodeURIComponent(manifestText)}`
    const { files } = await openManifest(source)
    expect(await refusal('MODEL_UNAVAILABLE', files.read('a.onnx'))).toContain('pass baseUrl or files')
    const based = await openManifest(source, { baseUrl: `${origin}/` })
    expect(await based.files.read('a.onnx')).toHaveLength(model.length)
  })

  test.each([
    [404, 'check the address'],
    [403, 'credentials'],
    [503, 'try again later'],
  ])('names URL, status and remedy of HTTP %i', async (status, remedy) => {
    handle = (_, response) => response.writeHead(status).end('<html>')
    const message = await refusal('MODEL_UNAVAILABLE', openManifest(`${origin}/toon.json`))
    expect(message).toContain(`${origin}/toon.json was answered with HTTP ${status}`)
    expect(message).toContain(remedy)
  })

  test('starts at the page in a browser, where a relative baseUrl is a folder', async () => {
    const asked: (string | undefined)[] = []
    handle = ({ url }, response) => {
      asked.push(url)
      response.end(url?.endsWith('.json') ? manifestText : model)
    }
    const noNode = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    vi.stubGlobal('location', { href: `${origin}/app/index.html` })
    try {
      await (await openManifest('toon/toon.json')).files.read('a.onnx')
      for (const baseUrl of ['models/toon', 'models/toon/']) {
        await (await openManifest(parseManifest(minimalManifest()), { baseUrl })).files.read('b.onnx')
      }
    } finally {
      noNode.mockRestore()
      vi.unstubAllGlobals()
    }
    const beside = ['/app/toon/toon.json', '/app/toon/a.onnx']
    expect(asked).toEqual([...beside, '/app/models/toon/b.onnx', '/app/models/toon/b.onnx'])
  })

  test('passes on what onProgress throws, and hangs up', async () => {
    let closed: () => void
    const hangUp = new Promise<void>((done) => {
      closed = done
    })
    handle = (_, response) => {
      response.on('close', () => closed())
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 100_000))
    }
    const { files } = await openManifest(parseManifest(minimalManifest()), { baseUrl: `${origin}/` })
    const thrown = new Error('enough')
    const onProgress = (loaded: number): void => {
      if (loaded > 0) throw thrown
    }
    expect(await files.read('a.onnx', { onProgress }).catch((error: unknown) => error)).toBe(thrown)
    await hangUp
  })

  test('names a page that came in place of a manifest', async () => {
    handle = (_, response) => response.end('<!doctype html><title>Not found</title>')
    expect(await refusal('MANIFEST_INVALID', openManifest(`${origin}/toon.json`))).toContain('HTML page')
  })

  test('says so when nobody answers', async () => {
    const idle = createServer()
    await new Promise<void>((done) => idle.listen(0, '127.0.0.1', done))
    const { port } = idle.address() as AddressInfo
    await new Promise((done) => idle.close(done))
    const message = await refusal('MODEL_UNAVAILABLE', openManifest(`http://127.0.0.1:${port}/toon.json`))
    expect(message).toMatch(/could not be fetched \(.*ECONNREFUSED.*\); check the address, the network/)
  })

  test('says how much came when the connection is cut', async () => {
    handle = (_, response) => {
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50))
    }
    const { files } = await openManifest(parseManifest(minimalManifest()), { baseUrl: `${origin}/` })
    expect(await refusal('MODEL_UNAVAILABLE', readVerified(files, file))).toMatch(
      /broke off after 100000 of 300000 bytes \(.+\); try again/,
    )
  })
})

describe('abort', () => {
  const reason = { why: 'changed my mind' }

  async function reasonOf(start: (signal: AbortSignal, abort: () => void) => Promise<unknown>): Promise<unknown> {
    const controller = new AbortController()
    const work = start(controller.signal, () => controller.abort(reason))
    return await work.then(
      () => 'went through',
      (error: unknown) => error,
    )
  }

  test('before the start, nothing is read', async () => {
    const read = vi.fn()
    const got = await reasonOf((signal, abort) => {
      abort()
      return readVerified({ read }, file, { signal })
    })
    expect(got).toBe(reason)
    expect(read).not.toHaveBeenCalled()
  })

  test('while a server is silent', async () => {
    handle = () => undefined
    expect(
      await reasonOf((signal, abort) => {
        setTimeout(abort, 30)
        return openManifest(`${origin}/toon.json`, { signal })
      }),
    ).toBe(reason)
  })

  test('in the middle of a body, whose connection is closed', async () => {
    let closed: () => void
    const hangUp = new Promise<void>((done) => {
      closed = done
    })
    handle = (_, response) => {
      response.on('close', () => closed())
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 100_000))
    }
    const { files } = await openManifest(parseManifest(minimalManifest()), { baseUrl: `${origin}/` })
    const got = await reasonOf((signal, abort) =>
      readVerified(files, file, { signal, onProgress: (loaded) => loaded > 0 && abort() }),
    )
    expect(got).toBe(reason)
    await hangUp
  })

  test('while a file is read, and while a reader knows no signal', async () => {
    const { files } = await openManifest(join(dir, 'toon', 'toon.i2i.json'))
    expect(await reasonOf((signal, abort) => readVerified(files, file, { signal, onProgress: () => abort() }))).toBe(
      reason,
    )
    const deaf = { read: () => new Promise<Uint8Array>(() => undefined) }
    expect(
      await reasonOf((signal, abort) => {
        setTimeout(abort, 10)
        return readVerified(deaf, file, { signal })
      }),
    ).toBe(reason)
  })

  test('while the bytes are hashed', async () => {
    expect(
      await reasonOf((signal, abort) => readVerified({ read: async () => model }, file, { signal, onVerify: abort })),
    ).toBe(reason)
  })
})
