import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const core = '@tensorflow/tfjs-core'
const parts = ['@tensorflow/tfjs-converter', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu']

describe('an app without TensorFlow.js, or without a part of it', () => {
  const app = mkdtempSync(join(tmpdir(), 'i2i-no-runtime-'))
  const modules = join(app, 'node_modules')
  const packages = new URL('../../', import.meta.url)

  beforeAll(() => {
    for (const name of ['backend-tfjs', 'core', 'color', 'onnx']) {
      const source = new URL(`${name}/`, packages)
      if (!existsSync(new URL('dist/index.js', source))) throw new Error(`${name} is not built: npm run build`)
      mkdirSync(join(modules, '@i2i', name), { recursive: true })
      cpSync(new URL('dist', source), join(modules, '@i2i', name, 'dist'), { recursive: true })
      cpSync(new URL('package.json', source), join(modules, '@i2i', name, 'package.json'))
    }
    const valibot = new URL('core/node_modules/valibot', packages)
    cpSync(valibot, join(modules, 'valibot'), { recursive: true, dereference: true })
  })
  afterAll(() => rmSync(app, { recursive: true }))

  /** What the backend says to an ONNX model on a device: the error's code and message. */
  function open(device: string): { code: string; message: string; reasons: string[] } {
    const program = `
      import { tfjs } from '@i2i/backend-tfjs'
      import { identityModel, writeModel } from '@i2i/onnx'
      const files = new Map([['m.onnx', writeModel(identityModel({}))]])
      const model = { format: 'onnx', entry: 'm.onnx', files }
      const { code, message } = await tfjs().openSession(model, { device: '${device}' }).catch((error) => error)
      const reasons = (await tfjs().devices()).map(({ reason }) => reason ?? 'available')
      console.log(JSON.stringify({ code, message, reasons }))`
    writeFileSync(join(app, 'app.mjs'), program)
    return JSON.parse(execFileSync(process.execPath, ['app.mjs'], { cwd: app, encoding: 'utf8' }))
  }

  test.each(['wasm', 'cpu'])('reads which command installs all that %s needs', (device) => {
    const { code, message, reasons } = open(device)
    const needed = `${core} @tensorflow/tfjs-converter @tensorflow/tfjs-backend-${device}`
    expect(code).toBe('BACKEND_UNAVAILABLE')
    expect(message).toBe(`${core} is not installed. Run: npm install ${needed}`)
    expect(reasons).toContain(message)
  })

  test('reads which part is missing', () => {
    // A core that is there: enough of one to find out that nothing else is.
    const stub = join(modules, core)
    mkdirSync(stub, { recursive: true })
    writeFileSync(join(stub, 'package.json'), JSON.stringify({ name: core, main: 'index.js' }))
    writeFileSync(join(stub, 'index.js'), 'const engine = {}; exports.engine = () => engine')
    for (const [device, part] of [
      ['wasm', parts[1]],
      ['cpu', parts[2]],
    ] as const) {
      expect(open(device)).toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
        message: `${part} is not installed. Run: npm install ${part}`,
      })
    }
  })
})
