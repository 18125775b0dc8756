import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { float16FromNumber, rawImage } from '@i2i/color'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { directoryDump } from '../src/node/index.js'
import { dir, entry, json, picture, tensor, tensorsOf } from './dump-fixtures.js'
import { readNpy } from './read-npy.js'

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
