import { mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { picturesOf } from '../src/dump/pictures.js'
import { parseNpyHeader } from '../src/node/npy.js'
import { readDump } from '../src/node/read-dump.js'
import { dir, dumped, parts } from './dump-folder.js'

describe('readDump', () => {
  test('gives back what was written', async () => {
    const dump = await readDump(await dumped('a', [{}, {}]))
    expect(dump.run).toMatchObject({ backend: 'ort', model: { id: 'toon' } })
    expect(dump.calls.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['0001', 'ok'],
      ['0002', 'ok'],
    ])
    const [call] = dump.calls
    const wanted = parts()
    const read = await call!.tensors.find(({ stage }) => stage === 'modelOutput')!.read!()
    expect(read).toEqual({ ...wanted.modelOutput })
    const [input, output] = await Promise.all(picturesOf(call!).map((picture) => picture.read!()))
    expect([input, output]).toEqual([wanted.sdkInput, wanted.sdkOutput])
  })

  test('leaves out the numbers of a redacted stage', async () => {
    const dump = await readDump(await dumped('a', [{}], { sink: { redact: ['sdkInput'] } }))
    const [input] = picturesOf(dump.calls[0]!)
    expect(input).not.toHaveProperty('read')
    expect(dump.calls[0]!.tensors[0]!.statistics.max).toBeGreaterThan(100)
  })

  const damages: readonly [string, (call: string, path: string) => Promise<void>, RegExp][] = [
    [
      'no manifest',
      (_, path) => rm(join(path, 'manifest.json')),
      /manifest\.json cannot be read: this is no dump; name/,
    ],
    [
      'a manifest of something else',
      (_, path) => writeFile(join(path, 'manifest.json'), '{}'),
      /schemaVersion undefined/,
    ],
    ['no JSON', (call) => writeFile(join(call, 'call.json'), '{"tensors": ['), /call\.json is no JSON/],
    ['no call.json', (call) => rm(join(call, 'call.json')), /call\.json cannot be read/],
    ['a file that is gone', (call) => rm(join(call, 'model_input.x.npy')), /model_input\.x\.npy cannot be opened/],
    ['a file cut off', (call) => truncate(join(call, 'model_input.x.npy'), 400), /holds 272 bytes where .* takes 1872/],
    ['an empty file', (call) => truncate(join(call, 'model_input.x.npy'), 0), /is no \.npy file/],
    ['one bit', (call) => flip(join(call, 'model_input.x.npy'), 1000), /has numbers of sha256/],
    [
      'another shape',
      (call) => edit(call, '1,\n        3,\n        13,', '3,\n        1,\n        13,'),
      /call\.json says/,
    ],
    ['a path that leads out', (call) => edit(call, 'model_input.x.npy', '../../../secret.npy'), /names the file/],
    ['an absolute path', (call) => edit(call, 'model_input.x.npy', '/etc/secret.npy'), /names the file/],
    ['a stage of its own', (call) => edit(call, '"modelInput"', '"middle"'), /the stages are sdkInput/],
    ['a size of no picture', (call) => edit(call, '"width": 12', '"width": -12'), /has the image/],
  ]
  test.each(damages)('refuses %s, naming the path and the remedy', async (_, damage, says) => {
    const path = await dumped('a', [{}])
    await damage(join(path, '0001'), path)
    await expect(readDump(path)).rejects.toMatchObject({
      code: 'DUMP_INVALID',
      message: expect.stringMatching(says),
      details: { path: expect.stringContaining(path) },
    })
  })

  test('a hash that is not checked on reading is checked when the numbers are', async () => {
    const path = await dumped('a', [{}])
    await flip(join(path, '0001', 'model_input.x.npy'), 1000)
    const dump = await readDump(path, { hashes: false })
    const tensor = dump.calls[0]!.tensors.find(({ stage }) => stage === 'modelInput')
    await expect(tensor!.read!()).rejects.toMatchObject({ code: 'DUMP_INVALID' })
  })

  test('an unfinished call is none', async () => {
    const path = await dumped('a', [{}])
    await mkdir(join(path, '.0002.partial'))
    expect((await readDump(path)).calls).toHaveLength(1)
  })

  test('survives any change of call.json: reads it, or says DUMP_INVALID', async () => {
    const path = await dumped('a', [{}])
    const file = join(path, '0001', 'call.json')
    const text = await readFile(file, 'utf8')
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(40), fc.string({ maxLength: 6 }), async (at, cut, insert) => {
        await writeFile(file, text.slice(0, at) + insert + text.slice(at + cut))
        const error: unknown = await readDump(path).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (error) expect(error).toMatchObject({ code: 'DUMP_INVALID' })
      }),
      { numRuns: 150 },
    )
  })
})

describe('parseNpyHeader', () => {
  const header = (dictionary: string, version = '\x01\x00') => {
    const text = dictionary.padEnd(117)
    const bytes = Buffer.from(`\x93NUMPY${version}\x76\x00${text}\n`, 'latin1')
    return new Uint8Array(bytes)
  }
  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

  test('takes what numpy writes', () => {
    expect(parseNpyHeader(header(good), 128 + 24, 'x')).toMatchObject({ dtype: 'float32', dims: [2, 3], bytes: 24 })
    const scalar = parseNpyHeader(header(good.replace('(2, 3)', '()')), 128 + 4, 'x')
    expect(scalar).toMatchObject({ dims: [], bytes: 4 })
    const one = parseNpyHeader(header(good.replace('(2, 3)', '(5,)').replace('<f4', '<f2')), 138, 'x')
    expect(one).toMatchObject({ dtype: 'float16', dims: [5] })
  })

  test.each([
    ['big endian', header(good.replace('<f4', '>f4')), 152],
    ['objects', header(good.replace('<f4', '|O')), 152],
    ['a name of Object.prototype', header(good.replace('<f4', 'constructor')), 152],
    ['Fortran order', header(good.replace('False', 'True')), 152],
    ['more than the file holds', header(good.replace('(2, 3)', '(99999, 99999, 99999)')), 152],
    ['a size past 2^53', header(good.replace('(2, 3)', '(99999999999999999999,)')), 152],
    ['less than the file holds', header(good), 153],
    ['a version to come', header(good, '\x03\x00'), 152],
  ])('refuses %s', (_, bytes, size) => {
    expect(() => parseNpyHeader(bytes, size, 'x.npy')).toThrow(expect.objectContaining({ code: 'DUMP_INVALID' }))
  })

  test('any bytes: a header that accounts for the whole file, or DUMP_INVALID', () => {
    const damaged = fc.tuple(fc.nat(127), fc.uint8Array({ maxLength: 8 })).map(([at, bytes]) => {
      const all = header(good)
      all.set(bytes.subarray(0, 128 - at), at)
      return all
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), fc.nat(400), (bytes, size) => {
        try {
          const { offset, bytes: length } = parseNpyHeader(bytes, size, 'x')
          expect(offset + length).toBe(size)
        } catch (error) {
          expect(error).toMatchObject({ code: 'DUMP_INVALID' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0]! ^= 1
  await file.write(byte, 0, 1, at)
  await file.close()
}

async function edit(call: string, from: string, to: string): Promise<void> {
  const path = join(call, 'call.json')
  const text = await readFile(path, 'utf8')
  if (!text.includes(from)) throw new Error(`no ${from} in ${dir}`)
  await writeFile(path, text.replaceAll(from, to))
}
