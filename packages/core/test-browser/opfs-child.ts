import { opfsDump } from '../src/dump-files/index.js'
import { echo, fakeBackend, loadFake, noise } from '../test/fake-backend.js'

// A worker that is ended in the middle: writes one call after the other.
const dump = opfsDump('test/run.i2idump')
const translator = await loadFake({}, { backend: fakeBackend(echo), dump })
for (let call = 1; ; call++) {
  await translator.translate(noise(64, 64, call))
  if (call === 1) postMessage('wrote')
}
