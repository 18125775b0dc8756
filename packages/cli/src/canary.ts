import { readFile, writeFile } from 'node:fs/promises'
import { I2iError, type ModelManifest, openColorEngine, openManifest, type Variant } from '@i2i/core'
import { canaryDigest } from '@i2i/core/canary'
import { Command } from 'commander'
import { type BackendName, backendNamed, backendOption } from './backends.js'
import { manifestPath } from './manifest-path.js'
import { openVariant } from './variant.js'
import { wholeNumber } from './whole-number.js'

interface CanaryOptions {
  seed: number
  backend: BackendName
}

// Relative to the largest number of the digest: well above what right runtimes differ by, well below what a wrong one does.
const tolerances: Record<Variant['precision'], number> = { fp32: 1e-3, fp16: 1e-2, int8: 5e-2 }

/** `i2i canary`: writes what the model must give for a seeded picture into its manifest. */
export function canaryCommand(): Command {
  return new Command('canary')
    .description(
      'Run each variant on its canary picture here and write the digest into the manifest, for load() to hold other devices to.',
    )
    .argument('<path>', 'a manifest (*.i2i.json), or its folder')
    .option('--seed <number>', 'of the picture', wholeNumber, 1)
    .addOption(backendOption('-b, --backend <name>', 'runtime that is trusted', 'ort'))
    .action(canary)
}

async function canary(path: string, { seed, backend }: CanaryOptions): Promise<void> {
  const file = manifestPath(path)
  const { manifest, files } = await openManifest(file, {})
  using color = await openColorEngine({ engine: 'reference' })
  const canaries = new Map<string, NonNullable<Variant['canary']>>()
  for (const variant of manifest.variants) {
    await using session = await openVariant(files, variant, backendNamed(backend))
    const digest = (await canaryDigest(manifest, session, color, seed)).map((value) => Number(value.toPrecision(6)))
    if (!digest.every(Number.isFinite) || digest.every((value) => value === 0)) {
      throw new I2iError(
        'MODEL_UNSUPPORTED',
        `variant "${variant.id}" gives nothing to hold a device to: its digest is zero or not finite`,
      )
    }
    const scale = Math.max(...digest.map(Math.abs))
    const tolerance = Number((tolerances[variant.precision] * scale).toPrecision(2))
    canaries.set(variant.id, { seed, tolerance, digest })
    console.log(`${variant.id}: ${digest.length} numbers, tolerance ${tolerance}, made on ${session.device}`)
  }
  const json = JSON.parse(await readFile(file, 'utf8')) as ModelManifest
  const variants = json.variants.map((variant) => ({ ...variant, canary: canaries.get(variant.id) }))
  await writeFile(file, `${withShortLists({ ...json, variants })}\n`)
}

/** JSON with each list of numbers on one line: a digest has many. */
function withShortLists(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/\[[\d\s.,e+-]+\]/g, (list) =>
    list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
  )
}
