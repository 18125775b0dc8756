// How a picture is to be turned for display stands in an MP4 file's track header (ISO 14496-12, tkhd): nine numbers, 16.16 but for the
// last column, 2.30. ffmpeg has no option that writes them the same way in all its versions, so they are put there afterwards.
import { type FileHandle, open } from 'node:fs/promises'
import { I2iError } from '@i2i/core'

interface Box {
  readonly type: string
  readonly start: number
  /** Where its content begins. */
  readonly body: number
  readonly end: number
}

/** Notes in a finished MP4 or QuickTime file how its picture is to be turned. @throws VIDEO_FAILED */
export async function noteDisplayMatrix(path: string, matrix: readonly number[]): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    const moov = (await boxes(file, 0, size)).find(({ type }) => type === 'moov')
    const tracks = moov ? (await boxes(file, moov.body, moov.end)).filter(({ type }) => type === 'trak') : []
    for (const track of tracks) {
      const parts = await boxes(file, track.body, track.end)
      const header = parts.find(({ type }) => type === 'tkhd')
      if (!header || !(await isVideo(file, parts))) continue
      const bytes = Buffer.alloc(36)
      matrix.forEach((value, i) => {
        bytes.writeInt32BE(value, i * 4)
      })
      await file.write(bytes, 0, bytes.length, await matrixAt(file, header))
      return
    }
  } finally {
    await file.close()
  }
  throw new I2iError('VIDEO_FAILED', `${path} has no video track to note a rotation in; ask for --upright`)
}

async function isVideo(file: FileHandle, parts: readonly Box[]): Promise<boolean> {
  const media = parts.find(({ type }) => type === 'mdia')
  const handler = media && (await boxes(file, media.body, media.end)).find(({ type }) => type === 'hdlr')
  if (!handler) return false
  // Version and flags, a reserved number, then the kind.
  return (await read(file, handler.body + 8, 4)).toString('latin1') === 'vide'
}

// Version 1 has three times of eight bytes where version 0 has four.
async function matrixAt(file: FileHandle, { body }: Box): Promise<number> {
  const [version] = await read(file, body, 1)
  return body + (version === 1 ? 52 : 40)
}

async function boxes(file: FileHandle, start: number, end: number): Promise<Box[]> {
  const found: Box[] = []
  for (let at = start; at + 8 <= end; ) {
    const head = await read(file, at, 16)
    const short = head.readUInt32BE(0)
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - at : short
    if (size < 8) break
    found.push({ type: head.toString('latin1', 4, 8), start: at, body: at + (short === 1 ? 16 : 8), end: at + size })
    at += size
  }
  return found
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, at)
  return buffer
}
