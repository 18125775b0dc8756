import { readFile } from 'node:fs/promises'
import { I2iError, load, type ModelBytes, memoryDump, openManifest, readVerified, type Tensor } from '@i2i/core'
import { readImage } from '@i2i/core/node'
import { type Bisection, bisect, bisectionReport } from '@i2i/parity'
import { readDump } from '@i2i/parity/node'
import { Command } from 'commander'
import { type BackendName, backendNamed, backendOption } from './backends.js'
import { type FindingsOptions, handOver, withFindings } from './findings.js'
import { manifestPath } from './manifest-path.js'

interface BisectOptions extends FindingsOptions {
  model: string
  against?: string
  backend: BackendName
  reference: BackendName
  dump?: string
  call?: string
  photo?: string
}

/** `i2i bisect`: the first node of a graph at which two backends, or two models, part. */
export function bisectCommand(): Command {
  const command = new Command('bisect')
    .description('Name the first graph node that diverges between two backends or two models.')
    .requiredOption('-m, --model <path>', 'an ONNX file, or a manifest (*.i2i.json) or its folder')
    .option('--against <path>', 'the model to compare with, where it is another one')
    .addOption(backendOption('-b, --backend <name>', 'runtime in question', 'ort'))
    .addOption(backendOption('-r, --reference <name>', 'runtime that is trusted', 'ort'))
    .option('--dump <dir>', "feed a dump's model input")
    .option('--call <number>', 'the call of the dump (default: its first)')
    .option('--photo <file>', 'feed a picture; -m is a manifest then')
  return withFindings(command).action(run)
}

async function run(options: BisectOptions): Promise<void> {
  const { model, against, backend, reference } = options
  if (against === undefined && backend === reference) {
    throw new I2iError(
      'OPTION_INVALID',
      `both sides are ${model} on ${backend}; name another --backend or a model --against it`,
    )
  }
  const [a, feeds] = [await modelOf(model), await feedsOf(options)]
  const b = against === undefined ? a : await modelOf(against)
  const found = await bisect({
    a: { model: a, backend: backendNamed(backend) },
    b: { model: b, backend: backendNamed(reference) },
    feeds,
  })
  await handOver({ good: found.equal, text: textOf(found), json: found, html: () => bisectionReport(found) }, options)
}

async function modelOf(path: string): Promise<Uint8Array | ModelBytes> {
  if (path.endsWith('.onnx')) {
    return await readFile(path).catch((cause: unknown) => {
      throw new I2iError('MODEL_UNAVAILABLE', `cannot read ${path}; check the path`, { cause })
    })
  }
  const { manifest, files } = await openManifest(manifestPath(path), {})
  const variant = manifest.variants.find(({ format }) => format === 'onnx')
  if (!variant) throw new I2iError('MODEL_UNSUPPORTED', `model "${manifest.id}" has no ONNX variant to look into`)
  const read = new Map<string, Uint8Array>()
  for (const file of variant.files) read.set(file.path, await readVerified(files, file, {}))
  const entry = variant.files.find(({ role }) => role === 'graph') ?? variant.files[0]
  return { format: 'onnx', entry: entry?.path ?? '', files: read }
}

async function feedsOf({ dump, call, photo, model, reference }: BisectOptions): Promise<Record<string, Tensor>> {
  if (dump !== undefined && photo === undefined) return await dumpedFeeds(dump, call)
  if (photo === undefined || dump !== undefined) {
    throw new I2iError('OPTION_INVALID', 'say what to feed: a dump (--dump) or a picture (--photo)')
  }
  if (model.endsWith('.onnx')) {
    throw new I2iError('OPTION_INVALID', 'a picture needs a manifest to become a model input; name it with -m')
  }
  const sink = memoryDump()
  const backend = backendNamed(reference)
  // The packer alone is wanted: an identity model is the quickest.
  await using translator = await load(manifestPath(model), { backend, identity: true, dump: sink })
  using _ = await translator.translate(await readImage(photo))
  const inputs = sink.entries.filter(({ stage }) => stage === 'modelInput')
  return Object.fromEntries(inputs.flatMap(({ name, tensor }) => (tensor ? [[name, tensor]] : [])))
}

async function dumpedFeeds(path: string, wanted: string | undefined): Promise<Record<string, Tensor>> {
  const { calls } = await readDump(path, { hashes: false })
  const found = wanted === undefined ? calls[0] : calls.find(({ name }) => Number(name) === Number(wanted))
  const feeds: Record<string, Tensor> = {}
  for (const { stage, name, read } of found?.tensors ?? [])
    if (stage === 'modelInput' && read) feeds[name] = await read()
  if (Object.keys(feeds).length > 0) return feeds
  const which = wanted === undefined ? 'no call' : `no call ${wanted}`
  throw new I2iError('OPTION_INVALID', `${path} has ${which} with a model input; dump one with that stage`)
}

function textOf({ verdict, compared, skipped, trace }: Bisection): string {
  const last = trace
    .slice(-5)
    .map(
      ({ node, op, maxAbs, share }) =>
        `  ${node} (${op}): ${maxAbs.toExponential(2)}, ${share.toExponential(1)} of its largest`,
    )
  const left = skipped.length > 0 ? [`  ${skipped.length} values left out: ${skipped[0]?.reason}`] : []
  return [verdict, `  ${compared} values compared; the last of them:`, ...last, ...left].join('\n')
}
