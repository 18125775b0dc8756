import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readImage } from '@i2i/core/node'
import { expect, it } from 'vitest'
import { astronaut, maxDifference, meanDifference, rootPath } from './support/pictures.js'

it('the demo writes every picture it names, and a dump', async () => {
  const out = execFileSync(process.execPath, ['examples/node-photo/demo.mjs'], { cwd: rootPath, encoding: 'utf8' })
  expect(out).toMatch(/512x512 -> 512x512/)
  expect(out).toMatch(/run [\d.]+ ms/)
  const file = (name: string): string => join(rootPath, 'demo-output', name)
  const photo = await astronaut()
  expect(maxDifference(await readImage(file('input.png')), photo)).toBe(0)
  expect(meanDifference(await readImage(file('output.png')), photo)).toBeGreaterThan(5)
  const row = await readImage(file('side-by-side.png'))
  expect([row.width, row.height]).toEqual([3 * 512, 512])
  expect(existsSync(file('mask.png'))).toBe(true)
  expect(readFileSync(file('report.html'), 'utf8')).toContain('the numbers show nothing suspicious')
  expect(existsSync(file('toon.i2idump/0001/model_output.image.npy'))).toBe(true)
})
