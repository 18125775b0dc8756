import { I2iError } from '@i2i/color'
import { namesIn, type OpfsFolder, pageNavigator, readFile } from './opfs-handles.js'

const callName = /^\d{4,}$/

/** The root of the origin's files. @throws DUMP_FAILED where there are none */
export async function opfsRoot(): Promise<OpfsFolder> {
  const root = await pageNavigator().storage?.getDirectory?.()
  if (root) return root
  throw new I2iError(
    'DUMP_FAILED',
    'there is no OPFS here: browsers withhold it from pages of plain http, and Node has none; use zipDump() or directoryDump()',
  )
}

/** The names of the calls that are whole, in order: of a file that is being written the bytes come all at once. */
export async function wholeCalls(folder: OpfsFolder): Promise<string[]> {
  const whole: string[] = []
  for (const name of (await callNames(folder)).sort((a, b) => Number(a) - Number(b))) {
    const call = await folder.getDirectoryHandle(name)
    if ((await readFile(call, 'call.json'))?.length) whole.push(name)
  }
  return whole
}

/** The names of all calls, of those that were begun too. */
export async function callNames(folder: OpfsFolder): Promise<string[]> {
  return (await namesIn(folder, 'directory')).filter((name) => callName.test(name))
}

/** The highest number taken; 0 before the first. */
export async function lastNumber(folder: OpfsFolder): Promise<number> {
  return Math.max(0, ...(await callNames(folder)).map(Number))
}

/** The names of a path inside OPFS. @throws OPTION_INVALID */
export function segments(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (names.length > 0 && !names.includes('..')) return names
  throw new I2iError('OPTION_INVALID', `"${path}" names nothing inside OPFS; use a path such as run.i2idump`)
}
