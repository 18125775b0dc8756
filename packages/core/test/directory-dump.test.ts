import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { directoryDump } from '../src/node/index.js'
import { dir, entry, json, picture, tensor, tensorsOf } from './dump-fixtures.js'
import { readNpy } from './read-npy.js'

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

  test('by onError: what failed stays, with what it had reached', async () => {
    const dump = directoryDump(dir, { onError: true, first: 2 })
    for (const [i, outcome] of ['ok', 'failed', 'ok', 'failed', 'failed'].entries()) {
      if (dump.wants?.('modelInput', 'x')) await dump.write(entry(i + 1, tensor('x', [i + 1])))
      await dump.end?.(i + 1, { outcome })
    }
    expect(dump.wants?.('modelInput', 'x')).toBe(false)
    await dump.close()
    expect((await readdir(dir)).sort()).toEqual(['0002', '0004', 'manifest.json'])
    expect((await readNpy(join(dir, '0004', 'model_input.x.npy'))).bytes.readFloatLE()).toBe(4)
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
    [{ stages: 'modelInput' }, 'stages is modelInput; give a list'],
    [{ stage: ['modelInput'] }, 'did you mean "stages"?'],
    [7, 'takes an object of options, got 7'],
    [null, 'takes an object of options, got null'],
  ])('refuses %j', (options, says) => {
    expect(() => directoryDump(dir, options as object)).toThrow(
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
