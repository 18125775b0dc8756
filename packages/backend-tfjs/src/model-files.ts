import { I2iError, isI2iError, type ModelBytes } from '@i2i/core'
import { reasonOf } from './options.js'

/** The bytes of the file that the model begins with. @throws MODEL_UNSUPPORTED */
export function entryOf({ entry, files }: ModelBytes): Uint8Array {
  const bytes = files.get(entry)
  if (bytes?.length) return bytes
  throw new I2iError(
    'MODEL_UNSUPPORTED',
    `The model's file ${entry} is ${bytes ? 'empty' : 'not among its files'} (${[...files.keys()].join(', ')}).`,
    { details: { entry, files: [...files.keys()] } },
  )
}

/** The bytes of a file that another one names by a path beside itself. @throws MODEL_UNSUPPORTED */
export function fileBeside({ entry, files }: ModelBytes, path: string): Uint8Array {
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1)
  const bytes = files.get(folder + path) ?? files.get(path)
  if (bytes) return bytes
  throw new I2iError(
    'MODEL_UNSUPPORTED',
    `${entry} names the file ${path}, which is not among the model's files (${[...files.keys()].join(', ')}). Add it to the manifest's files.`,
    { details: { entry, path, files: [...files.keys()] } },
  )
}

/** The error of a model that does not open. */
export function cannotOpen({ entry }: ModelBytes, cause: unknown): I2iError {
  const details = isI2iError(cause) ? cause.details : undefined
  return new I2iError('MODEL_UNSUPPORTED', `TensorFlow.js cannot open ${entry}: ${reasonOf(cause)}.`, {
    details: { ...details, entry },
    cause,
  })
}
