export { type ExportDumpOptions, type ExportFormat, exportDump } from './export/export-dump.js'
export { type ReadDumpOptions, readDump } from './read-dump.js'
