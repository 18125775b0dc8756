import { expect, it } from 'vitest'
import { createImage, type I2iErrorCode, openColorEngine, rawImage } from '../src/index.js'

const code = (expected: I2iErrorCode) => expect.objectContaining({ code: expected })

it('opens the reference by name, and refuses a name that nobody has', async () => {
  const engine = await openColorEngine({ engine: 'reference' })
  expect(engine.name).toBe('reference')
  const unknown = 'gpu' as unknown as 'auto'
  await expect(openColorEngine({ engine: unknown })).rejects.toEqual(code('OPTION_INVALID'))
})

it.each([
  [7],
  [null],
  [{ memory: 64 }],
  [{ memory: { maximumBytes: 0 } }],
  [{ memory: { maximumBytes: Number.NaN } }],
  [{ memory: { maximumBytes: 1.5 } }],
  [{ wasm: 'kernels.wasm' }],
])('refuses options that mean nothing: %j', async (options) => {
  await expect(openColorEngine(options as object)).rejects.toEqual(code('OPTION_INVALID'))
})

it('keeps allocate() within the limit, and takes back what is disposed', async () => {
  const engine = await openColorEngine({ engine: 'reference', memory: { maximumBytes: 100 } })
  const first = engine.allocate('GRAY', 10, 8)
  expect(() => engine.allocate('GRAY', 10, 8)).toThrow(code('OUT_OF_MEMORY'))
  first[Symbol.dispose]()
  expect(engine.allocate('GRAY', 10, 8).width).toBe(10)
})

it('labels a result: what was asked, else the target, else the source, else the rule', async () => {
  const engine = await openColorEngine({ engine: 'reference' })
  const bt709 = { matrix: 'bt709', fullRange: false } as const
  const source = createImage('I420', 4, 4, bt709)
  expect(engine.convert(source, { format: 'NV12' }).colorSpace).toEqual(bt709)
  expect(engine.convert(source, { format: 'RGB' }).colorSpace).toEqual({ matrix: 'rgb', fullRange: true })
  expect(engine.convert(source, { format: 'GRAY' }).colorSpace).toEqual({ matrix: 'bt709', fullRange: true })
  const rgb = createImage('RGB', 4, 4)
  expect(engine.convert(rgb, { format: 'I420' }).colorSpace).toEqual({
    matrix: 'smpte170m',
    fullRange: false,
    assumed: true,
  })
  const full = createImage('I420', 4, 4, { matrix: 'smpte170m', fullRange: true })
  expect(engine.convert(source, { format: 'I420' }, full)).toBe(full)
  expect(() => engine.convert(source, { format: 'I420', colorSpace: bt709 }, full)).toThrow(code('OPTION_INVALID'))
  const unlabelled = rawImage({ format: 'I420', width: 4, height: 4, data: new Uint8Array(24) })
  const labelled = engine.convert(source, { format: 'I420' }, unlabelled)
  expect(labelled.colorSpace).toEqual(bt709)
  expect(labelled.planes).toBe(unlabelled.planes)
})
