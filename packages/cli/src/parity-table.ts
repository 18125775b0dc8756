import {
  type Backend,
  type Device,
  I2iError,
  type ModelManifest,
  openColorEngine,
  openManifest,
  type Tensor,
} from '@i2i/core'
import { canaryFeeds } from '@i2i/core/canary'
import { compareTensors } from '@i2i/parity'
import { Command } from 'commander'
import { backendNamed, backendNames } from './backends.js'
import { manifestPath } from './manifest-path.js'
import { columns } from './table.js'
import { openVariant } from './variant.js'

/** One output of one runtime against the reference, or why there is none. */
interface Row {
  readonly runtime: string
  readonly device: Device
  readonly output?: string
  readonly maxAbs?: number
  /** maxAbs / (largest - smallest number of the reference). */
  readonly ofRange?: number
  /** Peak: the range of the reference. */
  readonly psnr?: number
  readonly reason?: string
}

type Results = Readonly<Record<string, Tensor>>

/** `i2i parity-table`: how closely the runtimes that are here agree. */
export function parityTableCommand(): Command {
  return new Command('parity-table')
    .description(
      'Run a model on every runtime and device that is here, and compare each with onnxruntime-node on the CPU.',
    )
    .argument('<path>', 'a manifest (*.i2i.json), or its folder')
    .option('--variant <id>', 'variant of the model (default: the first)')
    .option('--json', 'print the rows as JSON')
    .action(async (path: string, { variant, json = false }: { variant?: string; json?: boolean }) => {
      const rows = await parityRows(path, variant)
      console.log(json ? JSON.stringify(rows, null, 2) : text(rows))
    })
}

async function parityRows(path: string, id: string | undefined): Promise<Row[]> {
  const { manifest, files } = await openManifest(manifestPath(path), {})
  const variant = manifest.variants.find((candidate) => id === undefined || candidate.id === id)
  if (!variant) throw new I2iError('OPTION_INVALID', `the manifest has no variant ${id}`)
  using color = await openColorEngine({ engine: 'reference' })
  const feeds = canaryFeeds(manifest, color, 1)
  const runOn = async (backend: Backend, device: Device): Promise<Results> => {
    await using session = await openVariant(files, variant, backend, device)
    return await session.run(feeds)
  }
  const reference = await runOn(backendNamed('ort'), 'cpu')
  const rows: Row[] = []
  for (const name of backendNames) {
    const backend = backendNamed(name)
    for (const { device, available, reason = 'not available' } of await backend.devices()) {
      const runtime = backend.name
      if (runtime === 'onnxruntime-node' && device === 'cpu') continue
      if (!available) {
        // What another row stands for is no news.
        if (!/runs it/.test(reason)) rows.push({ runtime, device, reason })
        continue
      }
      const results = await runOn(backend, device).catch((error: unknown) => String(error))
      if (typeof results === 'string') rows.push({ runtime, device, reason: results })
      else rows.push(...compared(manifest, reference, results).map((row) => ({ runtime, device, ...row })))
    }
  }
  return rows
}

function compared(manifest: ModelManifest, reference: Results, results: Results) {
  return [...new Set(manifest.outputs.map(({ tensor }) => tensor))].map((output) => {
    const [expected, actual] = [reference[output], results[output]]
    if (expected?.location !== 'cpu' || actual?.location !== 'cpu') return { output, reason: 'gave no such tensor' }
    const { maxAbs, rmse } = compareTensors(actual, expected)
    const numbers = Array.from(expected.data, Number)
    const [low, high] = numbers.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [Infinity, -Infinity],
    )
    const range = high - low
    return { output, maxAbs, ofRange: maxAbs / range, psnr: 20 * Math.log10(range / rmse) }
  })
}

function text(rows: readonly Row[]): string {
  const head = ['runtime', 'device', 'output', 'max abs', 'of range', 'PSNR']
  const lines = rows.map(({ runtime, device, output = '', maxAbs, ofRange, psnr, reason }) => {
    const figures = [
      maxAbs?.toExponential(1),
      ofRange?.toExponential(1),
      psnr === undefined ? psnr : `${psnr.toFixed(1)} dB`,
    ]
    return [runtime, device, output, ...(reason === undefined ? figures.map((figure) => figure ?? '') : [reason])]
  })
  return columns([head, ...lines])
}
