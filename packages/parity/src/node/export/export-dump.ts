import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DumpStage, I2iError } from '@i2i/core'
import { type DataTypeName, makeTensor, writeTensor } from '@i2i/onnx'
import type { Dump, DumpCall } from '../../dump/types.js'
import { readDump } from '../read-dump.js'
import { type Exchange, polygraphyInputs, polygraphyOutputs } from './polygraphy.js'
import { type NamedArray, safetensors } from './safetensors.js'

/** What other tools read. */
export type ExportFormat = 'polygraphy' | 'onnx-testdata' | 'safetensors'

/** Where an export goes. */
export interface ExportDumpOptions {
  /** Default: into the dump itself. */
  out?: string
}

/**
 * Writes what the model was fed and gave for other tools, and returns the paths: Polygraphy's `inputs.json` and `outputs.json` (all calls);
 * ONNX's `test_data_set_<n>/input_<i>.pb` and `output_<i>.pb` (call n + 1; beside `model.onnx` when the dump includes it, as
 * onnx_test_runner wants it); or `<call>.safetensors`, with the stage before each tensor's name.
 * @throws DUMP_INVALID, OPTION_INVALID for a format that there is not, and when a stage was redacted or left out
 */
export async function exportDump(
  dir: string,
  format: ExportFormat,
  options: ExportDumpOptions = {},
): Promise<string[]> {
  const { out = dir } = options
  const dump = await readDump(dir, { hashes: false })
  const files = await filesOf(dump, format)
  const paths: string[] = []
  for (const [name, data] of files) {
    const path = join(out, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, data)
    paths.push(path)
  }
  return paths
}

type Files = readonly (readonly [name: string, data: string | Uint8Array])[]

async function filesOf(dump: Dump, format: ExportFormat): Promise<Files> {
  const calls = dump.calls.filter(({ outcome }) => outcome === 'ok' || outcome === 'unknown')
  if (calls.length === 0) throw new I2iError('OPTION_INVALID', `${dump.path} has no finished call to export; dump one`)
  switch (format) {
    case 'polygraphy': {
      const exchanges = await Promise.all(calls.map((call) => exchangeOf(dump, call)))
      return [
        ['inputs.json', polygraphyInputs(exchanges)],
        ['outputs.json', polygraphyOutputs(exchanges, String(dump.run['backend'] ?? 'i2i'))],
      ]
    }
    case 'onnx-testdata':
      return (await Promise.all(calls.map((call, n) => testData(dump, call, n)))).flat()
    case 'safetensors':
      return await Promise.all(calls.map((call) => tensorFile(dump, call)))
    default:
      throw new I2iError(
        'OPTION_INVALID',
        `there is no export "${String(format satisfies never)}"; ask for polygraphy, onnx-testdata or safetensors`,
      )
  }
}

async function exchangeOf(dump: Dump, call: DumpCall): Promise<Exchange> {
  const [inputs, outputs] = [await arraysOf(dump, call, 'modelInput'), await arraysOf(dump, call, 'modelOutput')]
  const { run } = (call.about['timings'] ?? {}) as { run?: unknown }
  return { inputs, outputs, runtime: typeof run === 'number' ? run / 1000 : 0 }
}

async function testData(dump: Dump, call: DumpCall, n: number): Promise<Files> {
  const { inputs, outputs } = await exchangeOf(dump, call)
  const files = (arrays: readonly NamedArray[], side: string): Files =>
    arrays.map(({ name, dtype, dims, data }, i) => {
      // A dump holds the types that its .npy files have, each of which ONNX has too.
      const tensor = makeTensor(data, dims, dtype as DataTypeName, name)
      return [`test_data_set_${n}/${side}_${i}.pb`, writeTensor(tensor)]
    })
  return [...files(inputs, 'input'), ...files(outputs, 'output')]
}

async function tensorFile(dump: Dump, call: DumpCall): Promise<Files[number]> {
  const { inputs, outputs } = await exchangeOf(dump, call)
  const prefixed = (arrays: readonly NamedArray[], stage: string) =>
    arrays.map((array) => ({ ...array, name: `${stage}.${array.name}` }))
  const all = [...prefixed(inputs, 'model_input'), ...prefixed(outputs, 'model_output')]
  return [`${call.name}.safetensors`, safetensors(all, { format: 'i2i', call: call.name })]
}

async function arraysOf(dump: Dump, call: DumpCall, stage: DumpStage): Promise<NamedArray[]> {
  const tensors = call.tensors.filter((tensor) => tensor.stage === stage)
  const where = `call ${call.name} of ${dump.path}`
  if (tensors.length === 0) {
    throw new I2iError('OPTION_INVALID', `${where} has no ${stage}; dump it with all stages`)
  }
  return await Promise.all(
    tensors.map(async ({ name, dtype, dims, read }) => {
      if (!read) throw new I2iError('OPTION_INVALID', `${where} keeps no numbers of ${stage}; dump it without redact`)
      return { name, dtype, dims, data: (await read()).data }
    }),
  )
}
