import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DumpSink } from '../src/dump.js'
import { zipDump } from '../src/dump-files/index.js'
import { directoryDump } from '../src/node/index.js'
import { dir, entry, picture, tensor } from './dump-fixtures.js'

const run = { model: { id: 'toon' }, backend: 'ort', modelBytes: oneFile('toon.onnx', [1, 2, 3]) }

async function fill(sink: DumpSink): Promise<void> {
  await sink.begin?.(run)
  await sink.write(entry(1, { image: picture('I420', 6, 4) }))
  await sink.write({ ...entry(1, tensor('a:b', [1, Number.NaN, 3], [1, 3])) })
  await sink.write(entry(1, { stage: 'sdkOutput', image: picture('RGBA', 6, 4) }))
  await sink.end?.(1, { outcome: 'ok' })
  await sink.write(entry(2, tensor('x', [2])))
  await sink.end?.(2, { outcome: 'failed' })
  await sink.write(entry(3, tensor('x', [3])))
}

test('a zip, unpacked by another program, is what the directory sink writes', async () => {
  const folder = directoryDump(join(dir, 'folder'), { redact: ['sdkOutput'], includeModel: true })
  await fill(folder)
  await folder.close()
  const zip = zipDump({ redact: ['sdkOutput'], includeModel: true })
  await fill(zip)
  expect(zip.calls).toBe(2)
  const unpacked = await unzip(await zip.bytes())
  await zip.close()
  for (const call of ['0001', '0002']) {
    const names = (await readdir(join(dir, 'folder', call))).sort()
    expect((await readdir(join(unpacked, call))).sort()).toEqual(names)
    // The two compress pictures with different libraries.
    for (const name of names.filter((file) => !file.endsWith('.png'))) {
      expect(await readFile(join(unpacked, call, name)), name).toEqual(await readFile(join(dir, 'folder', call, name)))
    }
  }
  expect([...(await readFile(join(unpacked, 'model.onnx')))]).toEqual([1, 2, 3])
  const manifest = JSON.parse(await readFile(join(unpacked, 'manifest.json'), 'utf8'))
  expect(manifest).toMatchObject({ schemaVersion: 1, firstCall: 1, model: { id: 'toon' }, modelFiles: ['model.onnx'] })
  expect(manifest.sdk['@i2i/core']).toMatch(/^\d+\.\d+\.\d+/)
})

test('the pictures in a zip are those that went in', async () => {
  const { default: sharp } = await import('sharp')
  const zip = zipDump()
  const image = picture('RGB', 5, 3)
  await zip.write(entry(1, { image }))
  await zip.end?.(1, {})
  const unpacked = await unzip(await zip.bytes())
  const pixels = await sharp(join(unpacked, '0001', 'sdk_input.png'))
    .raw()
    .toBuffer()
  expect(new Uint8Array(pixels)).toEqual(image.planes[0]?.data)
})

test('samples as the directory sink does, and says in close() what failed', async () => {
  const zip = zipDump({ first: 1, onError: true })
  await fill(zip)
  expect(zip.calls).toBe(1)
  expect(zip.wants?.('sdkInput', 'image')).toBe(false)
  await zip.close()
  const broken = zipDump()
  await broken.write(entry(1, tensor('x', [1, 2], [3])))
  await broken.end?.(1, {})
  expect(broken.calls).toBe(0)
  await expect(broken.close()).rejects.toMatchObject({ code: 'DUMP_FAILED', cause: { code: 'SHAPE_MISMATCH' } })
})

async function unzip(bytes: Uint8Array): Promise<string> {
  await mkdir(join(dir, 'unpacked'))
  await writeFile(join(dir, 'dump.zip'), bytes)
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])'
  execFileSync('python3', ['-c', script, join(dir, 'dump.zip'), join(dir, 'unpacked')])
  return join(dir, 'unpacked', 'run.i2idump')
}

function oneFile(path: string, bytes: readonly number[]) {
  return { format: 'onnx', entry: path, files: new Map([[path, Uint8Array.from(bytes)]]) }
}
