// `npm run bench [name ...]`: runs the benches named, or all, each in a process of its own.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const benches = ['color', 'overhead', 'parity', 'chromium', 'peers', 'memory', 'live']
const names = process.argv.slice(2)
const unknown = names.filter((name) => !benches.includes(name))
if (unknown.length) {
  console.error(`unknown bench: ${unknown.join(', ')}; there are: ${benches.join(', ')}`)
  process.exit(2)
}
for (const name of names.length ? names : benches) {
  const script = fileURLToPath(new URL(`${name}/index.mjs`, import.meta.url))
  // Node 20 keeps relaxed SIMD behind a flag; the plain SIMD engine is measured in the same run.
  const { status } = spawnSync(process.execPath, ['--experimental-wasm-relaxed-simd', '--expose-gc', script], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
