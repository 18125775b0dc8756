import { readVerified } from '../src/model-files.js'
import { diskStorage } from '../src/node/disk-storage.js'
import { modelStore } from '../src/store/model-store.js'

// A process of its own, to be killed: reads one file through a store on disk.
const [dir = '', path = '', sha256 = '', bytes = ''] = process.argv.slice(2)
const store = modelStore({ storage: diskStorage(dir) })
await readVerified(store, { path, sha256, bytes: Number(bytes) }, { onNotice: (notice) => console.log(notice) })
console.log('whole')
