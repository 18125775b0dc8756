import { openColorEngine } from '@i2i/color'
import { diskStorage } from '../src/node/disk-storage.js'
import { modelStore } from '../src/store/model-store.js'
import { modelUpdates } from '../src/store/updates.js'
import { echo, fakeBackend } from './fake-backend.js'

// A process of its own, to be killed: keeps a model up to date in a folder, and says which version it has.
const [dir = '', manifest = ''] = process.argv.slice(2)
const color = await openColorEngine({ engine: 'reference' })
const store = modelStore({ storage: diskStorage(dir) })
const updates = modelUpdates({ manifest, store, backend: fakeBackend(echo), color })
console.log('starts')
const translator = (await updates.update()) ?? (await updates.current())
console.log(translator.manifest.version)
