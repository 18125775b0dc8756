export { imagePng } from './image-png.js'
export type { SamplingOptions } from './sampling.js'
export { type ZipDump, type ZipDumpOptions, zipDump } from './zip-dump.js'
