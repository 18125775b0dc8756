import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** One request that came. */
interface Asked {
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** A server of this machine whose answers each test gives. */
export interface FaultServer {
  readonly origin: string
  readonly asked: Asked[]
  handle: RequestListener
}

/** Starts before the tests of a file, forgets between them, and is gone after. */
export function faultServer(): FaultServer {
  const server = createServer((request, response) => {
    faults.asked.push({ url: request.url ?? '', headers: request.headers })
    faults.handle(request, response)
  })
  const missing: RequestListener = (_, response) => response.writeHead(404).end()
  const faults = { origin: '', asked: [] as Asked[], handle: missing }
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    faults.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    faults.asked.length = 0
    faults.handle = missing
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  return faults
}

export interface FileOptions {
  readonly etag?: string
  /** Bytes after which each connection is cut. */
  readonly cutAfter?: number
}

/** Answers as a good server of files does: ETag, ranges, If-Range, If-None-Match. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  { etag = '"v1"', cutAfter }: FileOptions = {},
): void {
  const { range, 'if-range': condition, 'if-none-match': known } = request.headers
  if (known === etag) return void response.writeHead(304, { etag }).end()
  const from = range && (!condition || condition === etag) ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0
  if (from >= bytes.length && from > 0)
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  const body = bytes.subarray(from)
  response.writeHead(from > 0 ? 206 : 200, {
    etag,
    'content-length': body.length,
    'accept-ranges': 'bytes',
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  })
  if (cutAfter === undefined || cutAfter >= body.length) response.end(body)
  else sendAndCut(response, body.subarray(0, cutAfter))
}

/** Sends these bytes, sees them off, and cuts the connection. */
export function sendAndCut(response: ServerResponse, bytes: Uint8Array): void {
  response.write(bytes, () => setTimeout(() => response.destroy(), 20))
}
