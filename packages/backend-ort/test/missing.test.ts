import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isI2iError } from '@i2i/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackend } from '../src/backend.js'
import { nodeCpu, nodeFamily } from '../src/runtime-node.js'

const model = { format: 'onnx', entry: 'm.onnx', files: new Map([['m.onnx', new Uint8Array(8)]]) }

describe('a runtime that is installed and does not load', () => {
  const cause = new Error('libonnxruntime.so.1: cannot open shared object file')
  const broken = { ...nodeCpu, load: () => Promise.reject(cause) }
  const backend = createBackend({ ...nodeFamily, runtimes: [broken] }, {})

  test('is BACKEND_UNAVAILABLE with the reason', async () => {
    const error: unknown = await backend.openSession(model).catch((reason: unknown) => reason)
    if (!isI2iError(error, 'BACKEND_UNAVAILABLE')) throw error
    expect(error.message).toMatch(/libonnxruntime.*npm install onnxruntime-node/)
    expect(error.cause).toBe(cause)
  })

  test('is listed by devices() as not available', async () => {
    const [cpu] = await backend.devices()
    expect(cpu).toMatchObject({ device: 'cpu', available: false })
    expect(cpu?.reason).toMatch(/libonnxruntime/)
  })
})

describe('an app that installed no runtime', () => {
  const app = mkdtempSync(join(tmpdir(), 'i2i-no-runtime-'))
  const packages = new URL('../../', import.meta.url)

  beforeAll(() => {
    for (const name of ['backend-ort', 'core', 'color', 'onnx']) {
      const target = join(app, 'node_modules', '@i2i', name)
      const source = new URL(`${name}/`, packages)
      if (!existsSync(new URL('dist/index.js', source))) throw new Error(`${name} is not built: npm run build`)
      mkdirSync(target, { recursive: true })
      cpSync(new URL('dist', source), join(target, 'dist'), { recursive: true })
      cpSync(new URL('package.json', source), join(target, 'package.json'))
    }
    const valibot = new URL('core/node_modules/valibot', packages)
    cpSync(valibot, join(app, 'node_modules', 'valibot'), { recursive: true, dereference: true })
  })
  afterAll(() => rmSync(app, { recursive: true }))

  test.each([
    ['@i2i/backend-ort', 'onnxruntime-node'],
    ['@i2i/backend-ort/web', 'onnxruntime-web'],
  ])('reads from %s which command installs %s', (entry, runtime) => {
    const program = `
      import { ort } from '${entry}'
      const files = new Map([['m.onnx', new Uint8Array(8)]])
      const error = await ort().openSession({ format: 'onnx', entry: 'm.onnx', files }).catch((error) => error)
      const offered = await ort().devices()
      const device = offered.find(({ device }) => device === 'cpu' || device === 'wasm')
      console.log(JSON.stringify([error.code, error.message, device.available, device.reason]))`
    writeFileSync(join(app, 'app.mjs'), program)
    const [code, message, available, reason] = JSON.parse(
      execFileSync(process.execPath, ['app.mjs'], { cwd: app, encoding: 'utf8' }),
    )
    expect(code).toBe('BACKEND_UNAVAILABLE')
    expect(message).toBe(`${runtime} is not installed. Run: npm install ${runtime}`)
    expect(available).toBe(false)
    expect(reason).toBe(message)
  })
})
