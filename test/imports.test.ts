import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext, runInNewContext } from 'node:vm'
import { build as esbuild } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { rootPath } from './support/pictures.js'

interface Exports {
  readonly [path: string]: string | { readonly [condition: string]: string }
}

/** Every script that a published package offers; those for Node alone are never bundled for a page. */
const entries = readdirSync(join(rootPath, 'packages')).flatMap((name) => {
  const folder = join(rootPath, 'packages', name)
  const { private: hidden, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (hidden) return []
  const found = new Map<string, { path: string; forNode: boolean }>()
  for (const [key, entry] of Object.entries(exports as Exports)) {
    if (typeof entry === 'string') continue
    for (const [condition, file] of Object.entries(entry)) {
      const path = join(folder, file)
      if (condition !== 'types')
        found.set(path, { path, forNode: name === 'cli' || condition === 'node' || key === './node' })
    }
  }
  return [...found.values()].map((entry) => ({ name: entry.path.slice(rootPath.length), ...entry }))
})

// Whatever an import leaves behind or starts would show here: globals, timers, sockets, workers, requests, compiled WebAssembly.
const inNode = `
import { pathToFileURL } from 'node:url'
const did = []
const watch = (owner, name) => {
  const original = owner[name]
  owner[name] = function (...args) { did.push(name); return original.apply(this, args) }
}
for (const name of ['fetch', 'setTimeout', 'setInterval', 'queueMicrotask']) watch(globalThis, name)
for (const name of ['compile', 'instantiate', 'validate', 'Memory']) watch(WebAssembly, name)
const before = new Set(Reflect.ownKeys(globalThis))
const kept = process.getActiveResourcesInfo().length
const listeners = process.eventNames().length
await import(pathToFileURL(process.argv[1]).href)
const left = Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String)
// The module loader may still be closing the file that it read.
const active = process.getActiveResourcesInfo().slice(kept).filter((kind) => kind !== 'CloseReq')
const heard = process.eventNames().length - listeners
console.log(JSON.stringify({ did, left, active, heard }))
`

/** What an entry leaves behind in a context with the language and text encoding alone: no window, navigator, fetch, process. */
async function withoutHost(entry: string): Promise<{ left: string[]; names: number }> {
  const { outputFiles } = await esbuild({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'entry',
    write: false,
    logLevel: 'error',
    // Runtimes come in at first use; import.meta is read only then.
    external: ['onnxruntime-*', '@tensorflow/*'],
    define: { 'import.meta.url': '"https://example.invalid/"' },
  })
  const host = { TextEncoder, TextDecoder }
  const context = createContext({ ...host }, { codeGeneration: { strings: false, wasm: false } })
  const known = new Set([
    ...(runInNewContext('Reflect.ownKeys(globalThis)') as string[]),
    ...Object.keys(host),
    'entry',
  ])
  runInContext(outputFiles[0]?.text ?? '', context)
  const left = (runInContext('Reflect.ownKeys(globalThis)', context) as string[]).filter((key) => !known.has(key))
  return { left, names: Object.keys(context['entry'] as object).length }
}

describe('importing does no work and leaves nothing behind', () => {
  it.each(entries)('in Node: $name', ({ path }) => {
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', inNode, path], { encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual({ did: [], left: [], active: [], heard: 0 })
  })

  it.each(entries.filter(({ forNode }) => !forNode))('without a host: $name', async ({ path }) => {
    const { left, names } = await withoutHost(path)
    expect(left).toEqual([])
    expect(names).toBeGreaterThan(0)
  })
})
