export { type ReadDumpOptions, readDump } from './read-dump.js'
