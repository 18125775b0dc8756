// Holds every published package against publint and arethetypeswrong, as npm would pack it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const out = mkdtempSync(join(tmpdir(), 'i2i-pack-'))
let failed = false
try {
  for (const name of readdirSync('packages')) {
    const dir = join('packages', name)
    const { private: isPrivate, exports, bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
    if (isPrivate) continue
    const tarball = pack(dir)
    console.log(`\n${name}`)
    run('node_modules/publint/src/cli.js', ['run', tarball, '--strict'])
    // A command alone has nothing to import, so there are no types to judge.
    if (!bin || Object.values(exports).some((entry) => entry.types)) {
      // Neither are there types of a .wasm, which is there to be copied.
      const copied = Object.keys(exports).filter((entry) => entry.endsWith('.wasm'))
      const left = copied.length > 0 ? ['--exclude-entrypoints', ...copied] : []
      run('node_modules/@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only', ...left])
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}
process.exit(failed ? 1 : 0)

function pack(dir) {
  const report = execFileSync('npm', ['pack', '--json', '--pack-destination', out], { cwd: dir, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(report)
  return join(out, filename)
}

function run(script, args) {
  try {
    execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' })
  } catch {
    failed = true
  }
}
