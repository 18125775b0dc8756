export { type DirectoryDumpOptions, directoryDump } from './directory-dump.js'
export { diskStorage } from './disk-storage.js'
export { readImage, writeImage } from './images.js'
