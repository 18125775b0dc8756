export { imagePng } from './image-png.js'
export { npyFile } from './npy.js'
export type { SamplingOptions } from './sampling.js'
export { type ZipDump, type ZipDumpOptions, zipDump } from './zip-dump.js'
