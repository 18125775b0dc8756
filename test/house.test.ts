import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { rootPath } from './support/pictures.js'

it('keeps every source file under 300 lines', async () => {
  const tracked = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.js', '*.py'], {
    cwd: rootPath,
    encoding: 'utf8',
  })
  const long: string[] = []
  for (const file of tracked.trim().split('\n')) {
    const lines = (await readFile(join(rootPath, file), 'utf8').catch(() => '')).split('\n').length
    if (lines > 300) long.push(`${file}: ${lines}`)
  }
  expect(long).toEqual([])
})

it.each(['simd', 'relaxed'])('downloads at most 40 kB of WebAssembly: %s', async (name) => {
  const wasm = await readFile(join(rootPath, `packages/color/dist/i2i-color-${name}.wasm`))
  expect(gzipSync(wasm, { level: 9 }).length).toBeLessThanOrEqual(40_000)
})

describe('has a sentence on every public symbol of', async () => {
  const entries: [string, string][] = []
  for (const name of await readdir(join(rootPath, 'packages'))) {
    const { private: hidden, exports } = JSON.parse(
      await readFile(join(rootPath, 'packages', name, 'package.json'), 'utf8'),
    )
    if (hidden) continue
    for (const target of Object.values<{ types?: string }>(exports)) {
      if (target.types) entries.push([`${name}/${target.types}`, join(rootPath, 'packages', name, target.types)])
    }
  }

  it.each(entries)('%s', (_, path) => {
    const program = ts.createProgram([path], {
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      module: ts.ModuleKind.Preserve,
    })
    const checker = program.getTypeChecker()
    const source = program.getSourceFile(path)
    const module = source && checker.getSymbolAtLocation(source)
    if (!module) throw new Error(`${path} exports nothing`)
    const bare = checker.getExportsOfModule(module).filter((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      return symbol.getDocumentationComment(checker).length === 0
    })
    expect(bare.map((symbol) => symbol.getName())).toEqual([])
  })
})
