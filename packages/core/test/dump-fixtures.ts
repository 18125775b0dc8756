import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createImage, type PixelFormat, type RawImage } from '@i2i/color'
import { afterEach, beforeEach } from 'vitest'
import type { DumpEntry } from '../src/dump.js'

/** A new folder for each test. */
export let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-dump-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

export function picture(format: PixelFormat, width: number, height: number): RawImage {
  const image = createImage(format, width, height)
  image.planes.forEach(({ data }, plane) => {
    for (let i = 0; i < data.length; i++) data[i] = (i * 37 + plane * 91 + 16) % 251
  })
  return image
}

export const tensor = (
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Partial<DumpEntry> => ({
  stage: 'modelInput',
  name,
  tensor: { location: 'cpu', dtype: 'float32', dims, data: new Float32Array(values) },
})

export const entry = (call: number, rest: Partial<DumpEntry>): DumpEntry => ({
  call,
  stage: 'sdkInput',
  name: 'image',
  meta: {},
  ...rest,
})

export async function json(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(dir, ...path), 'utf8'))
}

export async function tensorsOf(call: string): Promise<Record<string, unknown>[]> {
  const { tensors } = await json(call, 'call.json')
  return Array.isArray(tensors) ? tensors : []
}
