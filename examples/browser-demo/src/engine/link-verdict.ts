import { type Backend, type Device, load, rawImage } from '@i2i/core'
import { checkLink, linkFaithful, linkReport, linkVerdict } from '@i2i/parity'
import type { LinkVerdict } from './protocol.js'

interface LinkOptions {
  readonly manifest: string
  readonly backend: Backend
  readonly device?: Device
  readonly picture: ImageData
}

// The report holds the pictures: enough to see, little enough to send.
const shownEdge = 512

/** What the link doctor says, and its report with the visitor's own picture as it went in and came back. */
export async function linkVerdictOf({ manifest, picture, ...link }: LinkOptions): Promise<LinkVerdict> {
  const findings = await checkLink({ manifest, ...link })
  const { faults, halves, nonComputeMs } = findings
  const report = await linkReport(findings, await thereAndBack({ manifest, picture, ...link }))
  return {
    faithful: linkFaithful(findings),
    verdict: linkVerdict(findings),
    faults: faults.map(({ code, severity, message }) => ({ code, severity, message })),
    halves: { before: halves.before.faithful, after: halves.after.faithful },
    milliseconds: Object.fromEntries(Object.entries(nonComputeMs).map(([stage, { p50 }]) => [stage, p50])),
    report,
  }
}

async function thereAndBack({ manifest, picture, ...link }: LinkOptions) {
  const { width, height, data } = cropped(picture)
  const sent = rawImage({ format: 'RGBA', width, height, data })
  const translator = await load(manifest, { ...link, identity: true })
  try {
    const { image } = await translator.translate(sent)
    return image.width === width && image.height === height ? { sent, received: image } : { sent }
  } finally {
    await translator.dispose()
  }
}

/** The middle of a picture. */
function cropped(picture: ImageData): ImageData {
  const [width, height] = [Math.min(picture.width, shownEdge), Math.min(picture.height, shownEdge)]
  const [left, top] = [(picture.width - width) >> 1, (picture.height - height) >> 1]
  const part = new ImageData(width, height)
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * picture.width + left) * 4
    part.data.set(picture.data.subarray(start, start + width * 4), row * width * 4)
  }
  return part
}
