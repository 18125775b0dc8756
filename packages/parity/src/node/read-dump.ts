import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from '@i2i/core'
import type { Dump, DumpCall, DumpTensor } from '../dump/types.js'
import { checkVersion, parseObject, type TensorRecord, tensorRecords } from './call-json.js'
import { again, invalid } from './invalid.js'
import { type NpyHeader, readNpyData, readNpyHeader } from './npy.js'

/** What of a dump is checked on reading. */
export interface ReadDumpOptions {
  /** Reads all numbers once and checks their sha256; default true. Otherwise each is checked when its data are read. */
  hashes?: boolean
}

/**
 * Reads a dump's folder: everything that it says of itself is checked, and each .npy file against its call.json. Data are read when asked
 * for. Calls that were not finished (a crash) are left out.
 * @throws DUMP_INVALID with the path and the remedy
 */
export async function readDump(dir: string, options: ReadDumpOptions = {}): Promise<Dump> {
  const path = join(dir, 'manifest.json')
  const run = parseObject(await text(path, 'is no dump'), path)
  checkVersion(run, path)
  const names = (await readdir(dir)).filter((name) => /^\d{4,}$/.test(name))
  names.sort((a, b) => Number(a) - Number(b))
  const calls: DumpCall[] = []
  for (const name of names) calls.push(await readCall(join(dir, name), name, options))
  return { path: dir, run, calls }
}

async function readCall(folder: string, name: string, { hashes = true }: ReadDumpOptions): Promise<DumpCall> {
  const path = join(folder, 'call.json')
  const call = parseObject(await text(path, 'call is not whole'), path)
  checkVersion(call, path)
  const tensors: DumpTensor[] = []
  for (const record of tensorRecords(call, path)) {
    const tensor = await tensorOf(folder, record)
    if (hashes) await tensor.read?.()
    tensors.push(tensor)
  }
  const { tensors: _, schemaVersion: __, outcome, ...about } = call
  return { name, outcome: typeof outcome === 'string' ? outcome : 'unknown', tensors, about }
}

async function tensorOf(folder: string, { file, ...record }: TensorRecord): Promise<DumpTensor> {
  if (file === undefined) return record
  const path = join(folder, file)
  await withFile(path, async (handle) => checkHeader(await readNpyHeader(handle, path), record, path))
  return { ...record, read: () => readTensor(path, record) }
}

async function readTensor(path: string, record: TensorRecord): Promise<Tensor & { readonly location: 'cpu' }> {
  return await withFile(path, async (handle) => {
    const header = await readNpyHeader(handle, path)
    checkHeader(header, record, path)
    const bytes = await readNpyData(handle, header, path)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== record.sha256) {
      throw invalid(path, `has numbers of sha256 ${sha256} where call.json says ${record.sha256}`, again)
    }
    return { location: 'cpu', dtype: record.dtype, dims: record.dims, data: header.view(bytes.buffer) }
  })
}

function checkHeader({ dtype, dims }: NpyHeader, record: TensorRecord, path: string): void {
  const same = dims.length === record.dims.length && dims.every((size, axis) => size === record.dims[axis])
  if (same && dtype === record.dtype) return
  const claims = `${record.dtype} [${record.dims.join(', ')}]`
  throw invalid(path, `holds ${dtype} [${dims.join(', ')}] where call.json says ${claims}`, again)
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((cause: unknown) => {
    throw invalid(path, 'cannot be opened', again, cause)
  })
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function text(path: string, problem: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(
      path,
      `cannot be read: this ${problem}`,
      'name the folder that directoryDump() or --dump wrote',
      cause,
    )
  })
}
