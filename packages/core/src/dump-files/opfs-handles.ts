/** The part of OPFS that dumps are built on; structural, because the types of the DOM are not assumed. */
export interface OpfsFolder {
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<OpfsFolder>
  getFileHandle(name: string, options?: { create?: boolean }): Promise<OpfsFile>
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>
  entries(): AsyncIterable<readonly [name: string, handle: { readonly kind: 'file' | 'directory' }]>
}

interface OpfsFile {
  getFile(): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> }>
  /** Absent in Safari before 26. */
  createWritable?(): Promise<{
    write(data: Uint8Array): Promise<void>
    close(): Promise<void>
    abort(): Promise<void>
  }>
}

interface LockManager {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
  request<T>(
    name: string,
    options: { mode?: 'shared' | 'exclusive'; ifAvailable?: boolean },
    work: (lock: object | null) => Promise<T>,
  ): Promise<T>
}

interface PageNavigator {
  readonly storage?: { getDirectory?(): Promise<OpfsFolder> }
  readonly locks?: LockManager
}

/** What the page or the worker has of it. */
export function pageNavigator(): PageNavigator {
  // lib.dom's own type, where a program has it, says the same with more.
  return (globalThis as unknown as { readonly navigator?: PageNavigator }).navigator ?? {}
}

/** A folder by the names that lead to it; undefined where it is not there. @throws what the browser throws */
export async function folderAt(
  from: OpfsFolder,
  names: readonly string[],
  create: boolean,
): Promise<OpfsFolder | undefined> {
  let folder = from
  for (const name of names) {
    const next = await orAbsent(folder.getDirectoryHandle(name, { create }))
    if (!next) return undefined
    folder = next
  }
  return folder
}

/** Writes a file: it has its old content until the last byte is there, then the new. @throws what the browser throws */
export async function writeFile(folder: OpfsFolder, name: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true })
  if (!file.createWritable)
    throw new Error('this browser cannot write to OPFS from here (createWritable is missing); use zipDump()')
  const out = await file.createWritable()
  try {
    for (const part of parts) await out.write(part)
  } catch (error) {
    await out.abort().catch(() => undefined)
    throw error
  }
  await out.close()
}

/** The bytes of a file; undefined where there is none. */
export async function readFile(folder: OpfsFolder, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const handle = await orAbsent(folder.getFileHandle(name))
  return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer())
}

/** The names in a folder, in order. */
export async function namesIn(folder: OpfsFolder, kind: 'file' | 'directory'): Promise<string[]> {
  const names: string[] = []
  for await (const [name, handle] of folder.entries()) if (handle.kind === kind) names.push(name)
  return names.sort()
}

/** `work`, or undefined where what it looks for is not there. */
export async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  return await work.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined
    throw error
  })
}
