// For those who write a backend: what every session checks and does before its runtime comes in.
export { checkKeys } from '../options.js'
export { type SerialQueue, serialQueue } from '../queue.js'
export { arrayOf, type Dtype, isDtype } from './dtypes.js'
export { checkFeeds, checkFetch } from './feeds.js'
export { type GpuDevice, GpuDevices, type GpuLease, type GpuWishes, lostError } from './gpu-devices.js'
export { checkWasmPaths } from './wasm-paths.js'
