export { I2iError, type I2iErrorCode, type I2iErrorOptions, isI2iError } from './error.js'
export type * from './types.js'
