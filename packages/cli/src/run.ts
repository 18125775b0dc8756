import { basename, extname } from 'node:path'
import {
  type Device,
  type LoadOptions,
  load,
  type RawImage,
  type Tensor,
  type Translation,
  type Translator,
} from '@i2i/core'
import { directoryDump, readImage, writeImage } from '@i2i/core/node'
import { Command } from 'commander'
import { type BackendName, backendNamed, backendOption, deviceOption } from './backends.js'
import { manifestPath } from './manifest-path.js'
import { ms, table } from './table.js'
import { wholeNumber } from './whole-number.js'

interface RunOptions {
  model: string
  output?: string
  outputs?: boolean
  backend: BackendName
  device: 'auto' | Device
  variant?: string
  threads?: number
  identity?: boolean
  dump?: string
  json?: boolean
}

/** `i2i run`: one picture through one model. */
export function runCommand(): Command {
  return new Command('run')
    .description('Translate a picture.')
    .argument('<photo>', 'a PNG, JPEG, WebP, AVIF or TIFF file')
    .requiredOption('-m, --model <path>', 'manifest (*.i2i.json), its folder, or an URL')
    .option('-o, --output <file>', 'where the result goes (default: <photo>.<model>.png)')
    .option('--outputs', 'write masks and further pictures too, beside the result')
    .addOption(backendOption('-b, --backend <name>', 'runtime', 'ort'))
    .addOption(deviceOption())
    .option('--variant <id>', 'variant of the model (default: the first that fits)')
    .option('--threads <count>', 'threads of the runtime', wholeNumber)
    .option('--dump <dir>', 'write the four stages of the call there')
    .option('--identity', 'swap the model for an identity model')
    .option('--json', 'print the report as JSON')
    .action(run)
}

async function run(photo: string, options: RunOptions): Promise<void> {
  const source = await readImage(photo)
  const dump = options.dump === undefined ? undefined : directoryDump(options.dump)
  await using translator = await load(manifestPath(options.model), { ...loadOptions(options), ...(dump && { dump }) })
  using result = await translator.translate(source)
  const output = options.output ?? `${basename(photo, extname(photo))}.${translator.manifest.id}.png`
  await writeImage(output, result.image)
  const files = [output]
  if (options.outputs) files.push(...(await writeOthers(output, result.outputs)))
  // After the pictures: a dump that failed is no reason to lose them.
  await dump?.close()
  if (options.dump !== undefined) files.push(options.dump)
  const report = reportOf(photo, source, translator, result, files)
  console.log(options.json ? JSON.stringify(report, null, 2) : text(report))
}

function loadOptions({ backend, threads, device, variant, identity = false }: RunOptions): LoadOptions {
  return {
    backend: backendNamed(backend, threads === undefined ? {} : { threads }),
    device,
    identity,
    ...(variant !== undefined && { variant }),
  }
}

/** Writes every further picture as <result>.<name>.png and returns the paths. */
async function writeOthers(output: string, outputs: Readonly<Record<string, RawImage | Tensor>>): Promise<string[]> {
  const stem = output.slice(0, output.length - extname(output).length)
  const files: string[] = []
  for (const [name, value] of Object.entries(outputs)) {
    if (!('planes' in value)) continue
    const file = `${stem}.${name.replace(/[^\w-]/g, '_')}.png`
    await writeImage(file, value)
    files.push(file)
  }
  return files
}

type Report = ReturnType<typeof reportOf>

function reportOf(photo: string, source: RawImage, translator: Translator, result: Translation, files: string[]) {
  const { manifest, backend, device, variant, decisions } = translator
  const { image, transform, timings } = result
  return {
    model: { id: manifest.id, version: manifest.version, variant },
    input: { file: photo, width: source.width, height: source.height, format: source.format },
    output: { width: image.width, height: image.height, format: image.format },
    backend,
    device,
    transform,
    timings,
    decisions,
    files,
  }
}

function text({ model, input, output, backend, device, timings, decisions, files }: Report): string {
  const { decode, pack, run, unpack, dump, total } = timings
  const resizes = decisions.filter(({ what }) => what === 'resize')
  return table([
    ['model', `${model.id} ${model.version}, ${model.variant}`],
    ['picture', `${input.file}, ${input.width}x${input.height} -> ${output.width}x${output.height}`],
    ...resizes.map(({ choice, reason }): [string, string] => ['resized', `${choice}: ${reason}`]),
    ['runtime', `${backend} on ${device}; ${decisions.find(({ what }) => what === 'engine')?.choice} pixels`],
    [
      'time',
      `${ms(total)} (decode ${ms(decode)}, pack ${ms(pack)}, run ${ms(run)}, unpack ${ms(unpack)}, dump ${ms(dump)})`,
    ],
    ['files', files.join(', ')],
  ])
}
