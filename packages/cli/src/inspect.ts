import { readFile } from 'node:fs/promises'
import { I2iError, type ModelManifest, openManifest, readVerified } from '@i2i/core'
import { inspectModel, readModel } from '@i2i/onnx'
import { Command } from 'commander'
import { manifestPath } from './manifest-path.js'
import { bytes, table } from './table.js'

/** `i2i inspect`: what a model takes and gives. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Show what a model takes and gives, and check the files of a manifest.')
    .argument('<path>', 'an ONNX file, a manifest (*.i2i.json), or its folder')
    .option('--json', 'print everything as JSON')
    .action(async (path: string, { json = false }: { json?: boolean }) => {
      const report = path.endsWith('.onnx') ? { graph: await inspectFile(path) } : await inspectManifest(path)
      console.log(json ? JSON.stringify(report, null, 2) : text(report))
    })
}

type Graph = ReturnType<typeof inspectModel>

interface Report {
  readonly manifest?: ModelManifest
  readonly graph?: Graph
}

async function inspectFile(path: string): Promise<Graph> {
  return inspectModel(readModel(await fileBytes(path)))
}

async function fileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new I2iError('MODEL_UNAVAILABLE', `cannot read ${path}; check the path`, { cause })
  }
}

async function inspectManifest(path: string): Promise<Report> {
  const { manifest, files } = await openManifest(manifestPath(path), {})
  let graph: Graph | undefined
  for (const variant of manifest.variants) {
    for (const file of variant.files) {
      const content = await readVerified(files, file, {})
      if (variant.format === 'onnx' && file.path.endsWith('.onnx')) graph ??= inspectModel(readModel(content))
    }
  }
  return { manifest, ...(graph && { graph }) }
}

function text({ manifest, graph }: Report): string {
  const parts: string[] = []
  if (manifest) parts.push(manifestText(manifest))
  if (graph) parts.push(graphText(graph))
  return parts.join('\n\n')
}

function manifestText({
  id,
  version,
  license = 'not stated',
  description,
  input,
  outputs,
  params,
  variants,
}: ModelManifest): string {
  const size =
    'width' in input.size ? `${input.size.width}x${input.size.height}` : `multiples of ${input.size.multipleOf}`
  return table([
    ['model', `${id} ${version}, licence ${license}`],
    ...(description ? [['', description] as const] : []),
    ['input', `${input.tensor}: ${input.channels} ${input.layout} ${input.dtype}, ${size}`],
    ...outputs.map((output): [string, string] => [
      'output',
      `${output.name ?? output.tensor}: ${output.role}${output.role === 'image' ? `, ${output.channels} ${output.layout} ${output.dtype}` : ''}, scale ${output.scale ?? 1}`,
    ]),
    ...Object.keys(params ?? {}).map((name): [string, string] => ['parameter', name]),
    ...variants.map(({ id: variant, format, precision, devices, files }): [string, string] => [
      'variant',
      `${variant}: ${format} ${precision} for ${devices.join(', ')}; ${files.map((file) => `${file.path} (${bytes(file.bytes)}, hash right)`).join(', ')}`,
    ]),
  ])
}

function graphText({ inputs, outputs, operators, parameters, opset }: Graph): string {
  const counts = Object.entries(operators).sort(([, a], [, b]) => b - a)
  return table([
    ['graph', `opset ${opset}, ${parameters.toLocaleString('en')} parameters`],
    ...inputs.map((info): [string, string] => ['takes', infoText(info)]),
    ...outputs.map((info): [string, string] => ['gives', infoText(info)]),
    ['operators', counts.map(([operator, count]) => `${operator} ${count}`).join(', ')],
  ])
}

function infoText(info: unknown): string {
  const { name, dtype, dims } = info as { name: string; dtype: string; dims: readonly (number | string)[] }
  return `${name}: ${dtype} [${dims.join(', ')}]`
}
