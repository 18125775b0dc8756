export { type DirectoryDumpOptions, directoryDump } from './directory-dump.js'
export { readImage, writeImage } from './images.js'
