export { openGpuColorEngine } from './engine.js'
export type * from './types.js'
