import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createImage, float16FromNumber, type PixelFormat, type RawImage, rawImage } from '@i2i/color'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DumpEntry } from '../src/dump.js'
import { directoryDump } from '../src/node/index.js'
import { readNpy } from './read-npy.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-dump-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function picture(format: PixelFormat, width: number, height: number): RawImage {
  const image = createImage(format, width, height)
  image.planes.forEach(({ data }, plane) => {
    for (let i = 0; i < data.length; i++) data[i] = (i * 37 + plane * 91 + 16) % 251
  })
  return image
}

const tensor = (name: string, values: readonly number[], dims = [values.length]): Partial<DumpEntry> => ({
  stage: 'modelInput',
  name,
  tensor: { location: 'cpu', dtype: 'float32', dims, data: new Float32Array(values) },
})

const entry = (call: number, rest: Partial<DumpEntry>): DumpEntry => ({
  call,
  stage: 'sdkInput',
  name: 'image',
  meta: {},
  ...rest,
})

async function json(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(dir, ...path), 'utf8'))
}

async function tensorsOf(call: string): Promise<Record<string, unknown>[]> {
  const { tensors } = await json(call, 'call.json')
  return Array.isArray(tensors) ? tensors : []
}

describe('the layout', () => {
  test('of one call through all four stages', async () => {
    const dump = directoryDump(dir)
    const input = picture('RGBA', 5, 3)
    const mask = picture('GRAY', 5, 3)
    await dump.begin?.({ model: { id: 'toon' }, backend: 'ort', modelBytes: { files: new Map() } })
    await dump.write(entry(1, { image: input, meta: { crop: { x: 0 } } }))
    await dump.write({ ...entry(1, tensor('input', [1, 2, 3, 4, 5, 6], [1, 2, 3])), meta: { layout: 'NCHW' } })
    await dump.write(entry(1, { ...tensor('out:0', [Number.NaN, 2]), stage: 'modelOutput' }))
    await dump.write(entry(1, { stage: 'sdkOutput', image: picture('RGB', 4, 2) }))
    await dump.write(entry(1, { stage: 'sdkOutput', name: 'ink', image: mask }))
    expect(await readdir(dir)).toEqual(['.0001.partial', 'manifest.json'])
    await dump.end?.(1, { outcome: 'ok', timings: { total: 2n } })
    await dump.close()

    expect((await readdir(dir)).sort()).toEqual(['0001', 'manifest.json'])
    const escaped = `model_output.out_0-${createHash('sha256').update('out:0').digest('hex').slice(0, 8)}.npy`
    expect((await readdir(join(dir, '0001'))).sort()).toEqual(
      [
        'call.json',
        'model_input.input.npy',
        escaped,
        'sdk_input.npy',
        'sdk_input.png',
        'sdk_output.ink.npy',
        'sdk_output.ink.png',
        'sdk_output.npy',
        'sdk_output.png',
      ].sort(),
    )
    expect(await json('manifest.json')).toMatchObject({ schemaVersion: 1, model: { id: 'toon' }, backend: 'ort' })
    expect(await json('manifest.json')).not.toHaveProperty('modelBytes')
    expect(await json('0001', 'call.json')).toMatchObject({
      schemaVersion: 1,
      call: 1,
      outcome: 'ok',
      timings: { total: 2 },
    })
    const [sdkInput, modelInput, modelOutput] = await tensorsOf('0001')
    const pixels = input.planes[0]?.data ?? new Uint8Array()
    expect(sdkInput).toMatchObject({
      stage: 'sdkInput',
      dtype: 'uint8',
      shape: [3, 5, 4],
      layout: 'HWC',
      file: 'sdk_input.npy',
      image: { format: 'RGBA', png: 'sdk_input.png', colorSpace: { matrix: 'rgb' } },
      sha256: createHash('sha256').update(pixels).digest('hex'),
      meta: { crop: { x: 0 } },
    })
    expect(modelInput).toMatchObject({ name: 'input', layout: 'NCHW', min: 1, max: 6, mean: 3.5, nanCount: 0 })
    expect(modelOutput).toMatchObject({ name: 'out:0', file: escaped, nanCount: 1, min: 2 })
    const npy = await readNpy(join(dir, '0001', 'sdk_input.npy'))
    expect(npy).toMatchObject({ descr: '|u1', shape: [3, 5, 4] })
    expect(npy.bytes.equals(Buffer.from(pixels))).toBe(true)
  })

  test.each([
    [
      'I420',
      ['.y', '.u', '.v'],
      [
        [3, 5],
        [2, 3],
        [2, 3],
      ],
    ],
    [
      'NV12',
      ['.y', '.uv'],
      [
        [3, 5],
        [2, 3, 2],
      ],
    ],
    [
      'NV21',
      ['.y', '.vu'],
      [
        [3, 5],
        [2, 3, 2],
      ],
    ],
  ] as const)('of %s is one array a plane, without the padding of its rows', async (format, suffixes, shapes) => {
    const plain = picture(format, 5, 3)
    const strided = rawImage({
      ...plain,
      planes: plain.planes.map(({ data, stride }) => {
        const rows = data.length / stride
        const padded = new Uint8Array((stride + 3) * rows).fill(255)
        for (let y = 0; y < rows; y++) padded.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 3))
        return { data: padded, stride: stride + 3 }
      }),
    })
    const dump = directoryDump(dir)
    await dump.write(entry(1, { image: strided }))
    await dump.end?.(1, {})
    await dump.close()
    for (const [i, suffix] of suffixes.entries()) {
      const npy = await readNpy(join(dir, '0001', `sdk_input${suffix}.npy`))
      expect(npy.shape).toEqual(shapes[i])
      expect(npy.bytes.equals(Buffer.from(plain.planes[i]?.data ?? []))).toBe(true)
    }
    const { info } = await sharp(join(dir, '0001', 'sdk_input.png'))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 5, height: 3, channels: 3 })
  })

  test.each([
    ['RGBA', 4, [0, 1, 2, 3]],
    ['BGRA', 4, [2, 1, 0, 3]],
    ['RGB', 3, [0, 1, 2]],
    ['BGR', 3, [2, 1, 0]],
    ['GRAY', 1, [0]],
  ] as const)('shows %s in a PNG that another library reads to the same pixels', async (format, channels, order) => {
    const image = picture(format, 67, 41)
    const dump = directoryDump(dir)
    await dump.write(entry(1, { image }))
    await dump.end?.(1, {})
    await dump.close()
    const path = join(dir, '0001', 'sdk_input.png')
    expect((await sharp(path).metadata()).channels).toBe(channels)
    // sharp widens grey to RGB by itself.
    const decoded = sharp(path).toColourspace(channels === 1 ? 'b-w' : 'srgb')
    const { data } = await decoded.raw().toBuffer({ resolveWithObject: true })
    const source = image.planes[0]?.data ?? new Uint8Array()
    const expected = Buffer.from(source.map((_, i) => source[i - (i % channels) + (order[i % channels] ?? 0)] ?? 0))
    expect(data.equals(expected)).toBe(true)
  })

  test('writes every dtype little endian, a scalar and a vector too', async () => {
    const halves = new Uint16Array([1, -2, 65504].map(float16FromNumber))
    const cases = {
      half: { dtype: 'float16', dims: [3], data: halves },
      long: { dtype: 'int64', dims: [1, 1], data: new BigInt64Array([-(2n ** 62n)]) },
      int: { dtype: 'int32', dims: [], data: new Int32Array([-5]) },
      byte: { dtype: 'int8', dims: [0], data: new Int8Array(0) },
      flag: { dtype: 'bool', dims: [2], data: new Uint8Array([1, 0]) },
    } as const
    const dump = directoryDump(dir)
    for (const [name, data] of Object.entries(cases)) {
      await dump.write(entry(1, { stage: 'modelOutput', name, tensor: { location: 'cpu', ...data } }))
    }
    await dump.end?.(1, {})
    await dump.close()
    const read = (name: string) => readNpy(join(dir, '0001', `model_output.${name}.npy`))
    expect(await read('half')).toMatchObject({ descr: '<f2', shape: [3], bytes: Buffer.from('003c00c0ff7b', 'hex') })
    expect(await read('long')).toMatchObject({
      descr: '<i8',
      shape: [1, 1],
      bytes: Buffer.from('00000000000000c0', 'hex'),
    })
    expect(await read('int')).toMatchObject({ descr: '<i4', shape: [], bytes: Buffer.from('fbffffff', 'hex') })
    expect(await read('byte')).toMatchObject({ descr: '|i1', shape: [0] })
    expect(await read('flag')).toMatchObject({ descr: '|b1', shape: [2] })
    expect((await tensorsOf('0001'))[0]).toMatchObject({ name: 'half', max: 65504, min: -2 })
  })

  test('keeps names apart that a file system would mix up', async () => {
    const names = ['a/b', 'a:b', 'a_b', 'A_B', '', '../../x', 'a_b', '\u00fc']
    const dump = directoryDump(dir)
    for (const [i, name] of names.entries()) await dump.write(entry(1, tensor(name, [i])))
    await dump.end?.(1, {})
    await dump.close()
    const files = (await tensorsOf('0001')).map(({ file }) => String(file))
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length)
    for (const [i, file] of files.entries()) {
      expect(file).toMatch(/^model_input\.[A-Za-z0-9_-]+\.npy$/)
      expect((await readNpy(join(dir, '0001', file))).bytes.readFloatLE()).toBe(i)
    }
    expect(await readdir(dir)).toHaveLength(2)
  })

  test('writes numbers that JSON has not, and the same text for the same values', async () => {
    const dump = directoryDump(dir)
    const meta = {
      b: Number.NaN,
      a: -Infinity,
      big: 2n ** 70n,
      list: new Float32Array([1, Number.NaN]),
      gone: undefined,
    }
    await dump.end?.(1, meta)
    await dump.end?.(2, { ...Object.fromEntries(Object.entries(meta).reverse()) })
    await dump.close()
    const text = await readFile(join(dir, '0001', 'call.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      a: '-Infinity',
      b: 'NaN',
      big: '1180591620717411303424',
      list: [1, 'NaN'],
    })
    expect(await readFile(join(dir, '0002', 'call.json'), 'utf8')).toBe(text.replace('"call": 1', '"call": 2'))
  })
})

describe('what is left out', () => {
  async function dumped(options: Parameters<typeof directoryDump>[1], calls = 5): Promise<unknown[]> {
    const dump = directoryDump(dir, options)
    for (let call = 1; call <= calls; call++) {
      if (dump.wants?.('modelInput', 'x')) await dump.write(entry(call, tensor('x', [call])))
      await dump.end?.(call, {})
    }
    await dump.close()
    const folders = (await readdir(dir)).filter((name) => name !== 'manifest.json')
    return await Promise.all(folders.map(async (folder) => [folder, (await json(folder, 'call.json'))['call']]))
  }

  test('by every and first', async () => {
    expect(await dumped({ every: 2 })).toEqual([
      ['0001', 1],
      ['0002', 3],
      ['0003', 5],
    ])
    await rm(dir, { recursive: true })
    expect(await dumped({ first: 2 })).toEqual([
      ['0001', 1],
      ['0002', 2],
    ])
    await rm(dir, { recursive: true })
    expect(await dumped({ first: 2, every: 3 })).toEqual([
      ['0001', 1],
      ['0002', 4],
    ])
  })

  test('by first: nothing is wanted once the last call is whole', async () => {
    const dump = directoryDump(dir, { first: 1 })
    expect(dump.wants?.('sdkInput', 'image')).toBe(true)
    await dump.write(entry(1, tensor('x', [1])))
    expect(dump.wants?.('sdkOutput', 'image')).toBe(true)
    await dump.end?.(1, {})
    expect(dump.wants?.('sdkInput', 'image')).toBe(false)
  })

  test('by stages', async () => {
    const dump = directoryDump(dir, { stages: ['modelInput'] })
    expect(dump.wants?.('sdkInput', 'image')).toBe(false)
    await dump.write(entry(1, { image: picture('RGB', 2, 2) }))
    await dump.write(entry(1, tensor('x', [1])))
    await dump.end?.(1, {})
    await dump.close()
    expect((await readdir(join(dir, '0001'))).sort()).toEqual(['call.json', 'model_input.x.npy'])
  })

  test('by redact: statistics stay, numbers and pictures do not', async () => {
    const dump = directoryDump(dir, { redact: ['sdkInput', 'sdkOutput'] })
    await dump.write(entry(1, { image: picture('RGB', 2, 2) }))
    await dump.write(entry(1, tensor('x', [1])))
    await dump.write(entry(1, { stage: 'sdkOutput', image: picture('I420', 2, 2) }))
    await dump.end?.(1, {})
    await dump.close()
    expect((await readdir(join(dir, '0001'))).sort()).toEqual(['call.json', 'model_input.x.npy'])
    const [input] = await tensorsOf('0001')
    expect(input).toMatchObject({ shape: [2, 2, 3], redacted: true, min: expect.any(Number), std: expect.any(Number) })
    expect(input).not.toHaveProperty('file')
    expect(input).not.toHaveProperty('image.png')
  })

  test.each([
    [{ stages: ['input'] }, 'stages names the stage "input"; the stages are sdkInput'],
    [{ redact: ['toString'] }, 'redact names the stage "toString"'],
    [{ every: 0 }, 'every is 0; it must be an integer of at least 1'],
    [{ first: 1.5 }, 'first is 1.5'],
  ])('refuses %j', (options, says) => {
    expect(() => directoryDump(dir, options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(says) }),
    )
  })
})

describe('the model', () => {
  const modelBytes = (files: Record<string, Uint8Array>, format = 'onnx') => ({
    format,
    entry: Object.keys(files)[0] ?? '',
    files: new Map(Object.entries(files)),
  })

  test('is copied when asked for', async () => {
    const run = { modelBytes: modelBytes({ 'weights/toon.onnx': new Uint8Array([1, 2, 3]) }) }
    const without = directoryDump(join(dir, 'a'))
    await without.begin?.(run)
    await without.close()
    expect(await readdir(join(dir, 'a'))).toEqual(['manifest.json'])
    const dump = directoryDump(join(dir, 'b'), { includeModel: true })
    await dump.begin?.(run)
    await dump.close()
    expect([...(await readFile(join(dir, 'b', 'model.onnx')))]).toEqual([1, 2, 3])
    expect(await json('b', 'manifest.json')).toMatchObject({ modelFiles: ['model.onnx'] })
  })

  test('of several files keeps their order of folders, and never leaves the dump', async () => {
    const dump = directoryDump(join(dir, 'b'), { includeModel: true })
    const files = {
      'm/model.json': new Uint8Array([1]),
      'm/w/shard.bin': new Uint8Array([2]),
      '../../evil': new Uint8Array([3]),
    }
    await dump.begin?.({ modelBytes: modelBytes(files, 'tfjs') })
    await dump.close()
    const { modelFiles } = await json('b', 'manifest.json')
    expect(modelFiles).toEqual(['model/m/model.json', 'model/m/w/shard.bin', expect.stringMatching(/^model\/[\w-]+$/)])
    expect(await readdir(dir)).toEqual(['b'])
  })
})

describe('when things go wrong', () => {
  test('a crash in the middle leaves every finished call, and nothing that looks like one', async () => {
    const dump = directoryDump(dir)
    await dump.write(entry(1, tensor('x', [1])))
    await dump.end?.(1, {})
    await dump.write(entry(2, tensor('x', [2])))
    // No end(), no close(): the process is gone. The next run goes on.
    expect((await readdir(dir)).filter((name) => !name.startsWith('.'))).toEqual(['0001', 'manifest.json'])
    const next = directoryDump(dir)
    await next.begin?.({ model: 'second' })
    await next.write(entry(1, tensor('x', [3])))
    await next.end?.(1, {})
    await next.close()
    const folders = (await readdir(dir)).filter((name) => /^\d/.test(name))
    expect(folders).toHaveLength(2)
    const values = await Promise.all(folders.map((folder) => readNpy(join(dir, folder, 'model_input.x.npy'))))
    expect(values.map(({ bytes }) => bytes.readFloatLE())).toEqual([1, 3])
    expect(await json('manifest.json')).toMatchObject({
      model: 'second',
      firstCall: 2,
      previousRuns: [{ firstCall: 1 }],
    })
  })

  test('an unfinished call is gone after close()', async () => {
    const dump = directoryDump(dir)
    await dump.write(entry(1, tensor('x', [1])))
    await dump.close()
    expect(await readdir(dir)).toEqual(['manifest.json'])
  })

  test('a sink that began before another finished a call takes the next number', async () => {
    const [early, late] = [directoryDump(dir), directoryDump(dir)]
    await late.begin?.({})
    for (const [i, sink] of [early, late].entries()) {
      await sink.write(entry(1, tensor('x', [i])))
      await sink.end?.(1, {})
      await sink.close()
    }
    expect((await readdir(dir)).sort()).toEqual(['0001', '0002', 'manifest.json'])
    expect((await readNpy(join(dir, '0002', 'model_input.x.npy'))).bytes.readFloatLE()).toBe(1)
  })

  test('overlapping calls, and two sinks in one folder, do not mix', async () => {
    const sinks = [directoryDump(dir), directoryDump(dir)]
    await Promise.all(
      sinks.flatMap((sink, s) => [
        sink.write(entry(1, tensor('x', [s * 10 + 1]))),
        sink.write(entry(2, tensor('x', [s * 10 + 2]))),
        sink.end?.(2, { marked: s * 10 + 2 }),
        sink.end?.(1, { marked: s * 10 + 1 }),
      ]),
    )
    await Promise.all(sinks.map((sink) => sink.close()))
    const folders = (await readdir(dir)).filter((name) => name !== 'manifest.json')
    expect(folders.sort()).toEqual(['0001', '0002', '0003', '0004'])
    for (const folder of folders) {
      const { bytes } = await readNpy(join(dir, folder, 'model_input.x.npy'))
      expect((await json(folder, 'call.json'))['marked']).toBe(bytes.readFloatLE())
    }
  })

  test('a tensor that does not fit its dims spoils its call alone, and shows in close()', async () => {
    const dump = directoryDump(dir)
    await dump.write(entry(1, tensor('x', [1, 2], [3])))
    await dump.end?.(1, {})
    await dump.write(entry(2, tensor('x', [1])))
    await dump.end?.(2, {})
    const error: unknown = await dump.close().catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'DUMP_FAILED', details: { dir }, cause: { code: 'SHAPE_MISMATCH' } })
    expect(await dump.close().catch((again: unknown) => again)).toBe(error)
    expect((await readdir(dir)).sort()).toEqual(['0002', 'manifest.json'])
    expect((await json('0002', 'call.json'))['call']).toBe(2)
  })

  test('a folder that cannot be made fails in close(), and not before', async () => {
    await writeFile(join(dir, 'file'), '')
    const dump = directoryDump(join(dir, 'file', 'dump'))
    await dump.begin?.({})
    await dump.write(entry(1, tensor('x', [1])))
    await dump.end?.(1, {})
    expect(dump.wants?.('sdkInput', 'image')).toBe(false)
    await expect(dump.close()).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringContaining('ENOTDIR'),
    })
  })

  test('a folder of something else is not touched', async () => {
    await writeFile(join(dir, 'manifest.json'), '{"name": "my web app"}')
    await mkdir(join(dir, '0007'))
    const dump = directoryDump(dir)
    await dump.write(entry(1, tensor('x', [1])))
    await dump.end?.(1, {})
    await expect(dump.close()).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringContaining('choose another folder'),
    })
    expect((await readdir(dir)).sort()).toEqual(['0007', 'manifest.json'])
    expect(await readFile(join(dir, 'manifest.json'), 'utf8')).toBe('{"name": "my web app"}')
  })

  test('nothing is made before the first use', async () => {
    const dump = directoryDump(join(dir, 'later'))
    await dump.close()
    await expect(access(join(dir, 'later'))).rejects.toThrow()
  })
})
