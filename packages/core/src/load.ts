import { type ColorEngine, I2iError, openColorEngine } from '@i2i/color'
import { outputsOf } from './bindings.js'
import { chooseSession } from './choose.js'
import { noDump, state } from './decisions.js'
import type { DumpSink } from './dump.js'
import type { GpuPath } from './gpu/index.js'
import type { ModelManifest } from './manifest.js'
import { openManifest } from './model-files.js'
import { once } from './once.js'
import { CallbackError, checkChoice, checkKeys, guarded, loadKeys } from './options.js'
import { makePlan, PlanCache } from './plan.js'
import type { Backend, ModelFiles } from './ports.js'
import { RebuildingSession } from './rebuilding.js'
import { ModelTranslator } from './translator.js'
import type { Decision, LoadOptions, Translator } from './types.js'

/**
 * Opens a model for pictures: reads and checks the manifest, verifies the model's files, opens a session.
 * `manifest` is the manifest itself, an URL, or in Node a path.
 * @throws MANIFEST_INVALID, MODEL_UNAVAILABLE, MODEL_INTEGRITY, MODEL_UNSUPPORTED, SHAPE_MISMATCH, BACKEND_UNAVAILABLE, OPTION_INVALID; an abort rejects with signal.reason
 */
export async function load(manifest: string | URL | ModelManifest, options: LoadOptions): Promise<Translator> {
  checkKeys('load()', options, loadKeys)
  checkChoice('device', options.device ?? 'auto', ['auto', 'cpu', 'wasm', 'webgpu', 'webnn'])
  const backends = backendsOf(options)
  options.signal?.throwIfAborted()
  const opened = await openManifest(manifest, options)
  refuseUnbuilt(opened.manifest)
  const decisions: Decision[] = []
  const color = options.color ?? (await openColorEngine())
  decisions.push(engineDecision(color, options))
  try {
    const { onProgress } = options
    const told = onProgress && { onProgress: guarded(onProgress) }
    return await translatorOf(opened, backends, color, decisions, { ...options, ...told })
  } catch (error) {
    if (!options.color) color[Symbol.dispose]()
    throw error instanceof CallbackError ? error.cause : error
  }
}

async function translatorOf(
  { manifest, files }: { manifest: ModelManifest; files: ModelFiles },
  backends: readonly Backend[],
  color: ColorEngine,
  decisions: Decision[],
  options: LoadOptions,
): Promise<Translator> {
  const identity = options.identity ?? false
  const ownSink = options.dump ? undefined : await environmentDump(decisions)
  const sink = options.dump ?? ownSink
  const onNotice = (notice: string): void => {
    state(decisions, { what: 'fallback', choice: 'no store', outcome: 'taken', reason: notice })
  }
  const { backend, variant, model, reopen, ...choice } = await chooseSession(
    manifest,
    {
      ...options,
      backends,
      color,
      readModel: async (variant, reading) => {
        // Not for identities, and not before a manifest is found good.
        const { readModel } = await import('./model-files/read-model.js')
        return await readModel(files, variant, { ...reading, onNotice })
      },
    },
    decisions,
  )
  const { versions } = choice.session
  // Only a dump needs the model's bytes again.
  const modelBytes = sink ? model : undefined
  const session = new RebuildingSession(choice.session, async (lost) => {
    const session = await reopen()
    state(decisions, { what: 'fallback', choice: 'opened again', outcome: 'taken', reason: lost.message })
    return session
  })
  const outputs = outputsOf(manifest, identity)
  const plans = new PlanCache((source, call) => {
    const plan = makePlan(manifest, outputs, source, call)
    for (const decision of plan.decisions) state(decisions, decision)
    return plan
  })
  const run = (): Readonly<Record<string, unknown>> => ({
    model: { id: manifest.id, version: manifest.version, identity, variant },
    manifest,
    backend: backend.name,
    device: session.device,
    versions,
    engine: color.name,
    decisions,
    ...(modelBytes && { modelBytes }),
  })
  const tap =
    sink &&
    new (await import('./dump-tap.js')).DumpTap(sink, run, (error) => state(decisions, dumpFailed(error)), outputs)
  let gpuPath: GpuPath | undefined
  return new ModelTranslator({
    parts: {
      manifest,
      session,
      color,
      plans,
      browser: once(async () => new (await import('./browser/index.js')).Browser()),
      gpu: once(async () => {
        gpuPath = new (await import('./gpu/index.js')).GpuPath()
        return gpuPath
      }),
      state: (decision) => state(decisions, decision),
    },
    gpuMemory: () => gpuPath?.memory,
    backend: backend.name,
    variant: variant.id,
    decisions,
    ...(tap && { tap }),
    release: async () => {
      try {
        gpuPath?.dispose()
        await session.dispose()
      } finally {
        if (!options.color) color[Symbol.dispose]()
        await ownSink?.close().catch((error: unknown) => state(decisions, dumpFailed(error)))
      }
    },
  })
}

function backendsOf({ backend }: LoadOptions): readonly Backend[] {
  const backends = Array.isArray(backend) ? (backend as readonly Backend[]) : [backend as Backend]
  if (backends.length > 0 && backends.every((candidate) => typeof candidate?.openSession === 'function'))
    return backends
  const uncalled = backends.some((candidate) => typeof candidate === 'function')
  throw new I2iError(
    'OPTION_INVALID',
    uncalled
      ? 'backend is a function; call it: { backend: ort() }'
      : 'load() needs a backend; for example { backend: ort() } of @i2i/backend-ort',
  )
}

function refuseUnbuilt({ id, strategy }: ModelManifest): void {
  if (!strategy || strategy.kind === 'resize') return
  throw new I2iError(
    'MODEL_UNSUPPORTED',
    `model "${id}" asks for strategy "${strategy.kind}", which is not built yet; use "resize"`,
    { details: { strategy: strategy.kind } },
  )
}

function engineDecision(color: ColorEngine, { color: given }: LoadOptions): Decision {
  const reason = given ? 'passed in' : 'the fastest that this host runs'
  return { what: 'engine', choice: color.name, outcome: 'taken', reason }
}

function dumpFailed(error: unknown): Decision {
  return { what: 'fallback', choice: noDump, outcome: 'taken', reason: `the dump failed: ${String(error)}` }
}

// I2I_DUMP=dir turns dumping on without a code change. The specifier is a variable so that bundlers leave the Node entry alone.
async function environmentDump(decisions: Decision[]): Promise<DumpSink | undefined> {
  const dir = typeof process === 'object' ? process.env?.['I2I_DUMP'] : undefined
  if (!dir) return undefined
  const nodeEntry = '@i2i/core/node'
  try {
    const { directoryDump }: typeof import('./node/index.js') = await import(
      /* @vite-ignore */ /* webpackIgnore: true */ nodeEntry
    )
    return directoryDump(dir)
  } catch (error) {
    state(decisions, dumpFailed(error))
    return undefined
  }
}
