// bench parity: `i2i parity-table` over the demo model and over ESRGAN-slim, whose weights are written as ONNX for it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { machine } from '../lib/report.mjs'
import { described } from '../peers/models.mjs'

const command = fileURLToPath(new URL('../../packages/cli/bin/i2i.js', import.meta.url))
const toon = fileURLToPath(new URL('../../models/toon', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'i2i-bench-'))
try {
  console.log(`# parity\n\n${machine({ onnxruntime: '1.30.0', tfjs: '4.22.0' })}\n`)
  show('toon', toon)
  show('ESRGAN-slim x2', await esrganSlim())
} finally {
  rmSync(folder, { recursive: true })
}

function show(title, path) {
  const { stdout, status } = spawnSync(process.execPath, [command, 'parity-table', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`parity-table of ${title} ended with ${status}`)
  console.log(`## ${title}\n\n${stdout}`)
}

/** A folder with the manifest and the model that it names. */
async function esrganSlim() {
  const { manifest, files } = described('esrgan-slim')
  for (const { path } of manifest.variants[0].files) writeFileSync(join(folder, path), await files.read(path))
  const path = join(folder, 'esrgan-slim.i2i.json')
  writeFileSync(path, JSON.stringify(manifest))
  return path
}
