export * from '@i2i/color'
export type { Dom } from './dom.js'
export {
  type DumpEntry,
  type DumpSink,
  type DumpStage,
  type MemoryDump,
  memoryDump,
  type TensorStatistics,
  tensorStatistics,
} from './dump.js'
export { load } from './load.js'
export {
  type ModelManifest,
  type OutputBinding,
  type PixelBinding,
  parseManifest,
  type Variant,
} from './manifest.js'
export { type OpenedManifest, openManifest, readVerified } from './model-files.js'
export type * from './ports.js'
export type * from './types.js'
