import { type Device, I2iError } from '@i2i/core'
import { readImage, writeImage } from '@i2i/core/node'
import {
  checkLink,
  diagnose,
  type LinkFindings,
  type LinkPictures,
  linkFaithful,
  linkReport,
  linkText,
  linkVerdict,
  probeImage,
} from '@i2i/parity'
import { Command, InvalidArgumentError } from 'commander'
import { type BackendName, backendNamed, backendOption, deviceOption } from './backends.js'
import { type FindingsOptions, handOver, withFindings } from './findings.js'
import { manifestPath } from './manifest-path.js'

interface LinkOptions extends FindingsOptions {
  model?: string
  backend: BackendName
  device: 'auto' | Device
  sent?: string
  received?: string
}

/** `i2i link`: is what comes out what went in, and which fault explains it if not. */
export function linkCommand(): Command {
  const command = new Command('link')
    .description('Check a link: of a manifest with this SDK (-m), or of any app by a picture sent and received.')
    .option('-m, --model <path>', 'manifest (*.i2i.json), its folder, or an URL')
    .addOption(backendOption('-b, --backend <name>', 'runtime', 'ort'))
    .addOption(deviceOption())
    .option('--sent <file>', 'the picture that was fed to an app: `i2i probe` makes one')
    .option('--received <file>', 'what the app showed for it')
  return withFindings(command).action(async (options: LinkOptions) => {
    const { findings, pictures } = await check(options)
    const json = { verdict: linkVerdict(findings), ...findings }
    const html = () => linkReport(findings, pictures)
    await handOver({ good: linkFaithful(findings), text: linkText(findings), json, html }, options)
  })
}

async function check({ model, backend, device, sent, received }: LinkOptions): Promise<{
  readonly findings: LinkFindings
  readonly pictures: LinkPictures
}> {
  if (model !== undefined && sent === undefined && received === undefined) {
    const chosen = device === 'auto' ? {} : { device }
    const subject = { manifest: manifestPath(model), backend: backendNamed(backend), ...chosen }
    const { pictures, ...findings } = await checkLink(subject)
    return { findings, pictures }
  }
  if (model !== undefined || sent === undefined || received === undefined) {
    throw new I2iError('OPTION_INVALID', 'name either a manifest (-m), or both pictures (--sent and --received)')
  }
  const pictures = { sent: await readImage(sent), received: await readImage(received) }
  return { findings: await diagnose(pictures.sent, pictures.received), pictures }
}

/** `i2i probe`: the picture to send through a link. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('Write the picture that a link is checked with.')
    .requiredOption('-o, --output <file>', 'where it goes; PNG or TIFF, which lose nothing')
    .option('--size <WxH>', 'its size in pixels', pictureSize, { width: 640, height: 480 })
    .action(async ({ output, size }: { output: string; size: Size }) => {
      await writeImage(output, probeImage(size.width, size.height))
      if (!/\.(png|tiff?)$/i.test(output))
        console.error(`Warning: ${output} may lose detail and alpha before the app has it; a PNG or TIFF does not.`)
      console.log(`${output}: ${size.width}x${size.height}. Send it through the app, save what it shows, then:`)
      console.log(`i2i link --sent ${output} --received <what it showed>`)
    })
}

interface Size {
  readonly width: number
  readonly height: number
}

function pictureSize(text: string): Size {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? []
  if (width && height && Number(width) > 0 && Number(height) > 0)
    return { width: Number(width), height: Number(height) }
  throw new InvalidArgumentError('Give a width and a height, as in 640x480.')
}
