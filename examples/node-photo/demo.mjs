// One photograph through one model, with everything that happened written beside it.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { load } from '@i2i/core'
import { directoryDump, readImage, writeImage } from '@i2i/core/node'
import { dumpReport } from '@i2i/parity'
import { readDump } from '@i2i/parity/node'
import sharp from 'sharp'

const root = new URL('../../', import.meta.url)
const output = new URL('demo-output/', root)
const inOutput = (name) => fileURLToPath(new URL(name, output))

const photo = await readImage(process.argv[2] ?? fileURLToPath(new URL('astronaut.png', import.meta.url)))
await rm(output, { recursive: true, force: true })
await mkdir(output, { recursive: true })

const dump = directoryDump(inOutput('toon.i2idump'))
const toon = await load(new URL('models/toon/toon.i2i.json', root), { backend: ort(), dump })
await toon.warmUp({ width: photo.width, height: photo.height })
const { image, outputs, timings } = await toon.translate(photo)
await dump.close()

await writeImage(inOutput('input.png'), photo)
await writeImage(inOutput('output.png'), image)
await writeImage(inOutput('mask.png'), outputs.mask)
await writeFile(inOutput('report.html'), await dumpReport(await readDump(inOutput('toon.i2idump'))))
await sideBySide(['input.png', 'output.png', 'mask.png'], 'side-by-side.png')

const ms = (value) => `${value.toFixed(1)} ms`
const engine = toon.decisions.find(({ what }) => what === 'engine')
console.log(`
  model     ${toon.manifest.id} ${toon.manifest.version} (${toon.variant})
  picture   ${photo.width}x${photo.height} -> ${image.width}x${image.height}
  backend   ${toon.backend} on ${toon.device}; pixels by ${engine.choice}
  time      ${ms(timings.total - timings.dump)}: pack ${ms(timings.pack)}, run ${ms(timings.run)}, unpack ${ms(timings.unpack)}; dump ${ms(timings.dump)}
  files     ${fileURLToPath(output)}
            input.png, output.png, mask.png, side-by-side.png, toon.i2idump/, report.html
`)
await toon.dispose()

async function sideBySide(names, target) {
  const { width, height } = photo
  const pictures = names.map((name, index) => ({ input: inOutput(name), left: index * width, top: 0 }))
  await sharp({ create: { width: width * names.length, height, channels: 3, background: 'white' } })
    .composite(pictures)
    .png()
    .toFile(inOutput(target))
}
