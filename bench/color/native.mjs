// Builds native.c where a compiler and libyuv's headers are present, and talks to the process.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The native peers, or a sentence that says why there are none. */
export function openNative() {
  if (process.arch !== 'x64') return { missing: 'the native peers are built for x64 only' }
  const dir = mkdtempSync(join(tmpdir(), 'i2i-bench-'))
  const binary = join(dir, 'native')
  const source = fileURLToPath(new URL('native.c', import.meta.url))
  const compile = (...flags) =>
    spawnSync('cc', ['-O3', '-o', binary, source, ...flags, '-lyuv', '-lm'], { encoding: 'utf8' })
  const withSwscale = compile('-DHAVE_SWSCALE', '-lswscale', '-lavutil').status === 0
  const built = withSwscale || compile().status === 0
  if (!built) {
    rmSync(dir, { recursive: true })
    return { missing: 'no native peers: install a C compiler and libyuv-dev (and libswscale-dev) to have them' }
  }
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line))
  const ask = (line) => {
    return new Promise((resolve) => {
      waiting.push(resolve)
      child.stdin.write(`${line}\n`)
    })
  }
  return {
    swscale: withSwscale,
    versions: {
      libyuv: debianVersion('libyuv-dev'),
      ...(withSwscale && { libswscale: debianVersion('libswscale-dev') }),
    },
    contestant: (name, operation, { width, height }, isa = 'avx2') => ({
      name,
      run: async (iterations) => Number(await ask(`${operation} ${width} ${height} ${iterations} ${isa}`)),
    }),
    close() {
      child.stdin.end()
      rmSync(dir, { recursive: true })
    },
  }
}

function debianVersion(name) {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
    return execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return 'unknown'
  }
}
