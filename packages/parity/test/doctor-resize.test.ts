import { type RawImage, rawImage } from '@i2i/core'
import { expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.js'
import { probeImage } from '../src/probe/probe-image.js'

type Place = (target: number, from: number, to: number) => number

const centred: Place = (t, from, to) => ((t + 0.5) * from) / to - 0.5
const corners: Place = (t, from, to) => (t * (from - 1)) / (to - 1)
const floored: Place = (t, from, to) => Math.floor((t * from) / to)

/** Bilinear samples (nearest where places are whole), as wide as when enlarging: what OpenCV and PyTorch do when they shrink. */
function resize({ width, height, planes }: RawImage, to: readonly [number, number], place: Place): RawImage {
  const source = planes[0]!.data
  const data = new Uint8Array(to[0] * to[1] * 4)
  for (let y = 0; y < to[1]; y++) {
    const py = Math.max(0, Math.min(height - 1, place(y, height, to[1])))
    for (let x = 0; x < to[0]; x++) {
      const px = Math.max(0, Math.min(width - 1, place(x, width, to[0])))
      const [left, top] = [Math.floor(px), Math.floor(py)]
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)]
      for (let c = 0; c < 4; c++) {
        const at = (i: number, j: number): number => source[(j * width + i) * 4 + c]!
        const [upper, lower] = [top, bottom].map((j) => at(left, j) + (at(right, j) - at(left, j)) * (px - left))
        data[(y * to[0] + x) * 4 + c] = Math.round(upper! + (lower! - upper!) * (py - top))
      }
    }
  }
  return rawImage({ format: 'RGBA', width: to[0], height: to[1], data })
}

async function faultsOf(sent: RawImage, received: RawImage): Promise<readonly string[]> {
  const { faults } = await diagnose(sent, received)
  return faults.filter(({ severity }) => severity === 'fault').map(({ code }) => code)
}

test('a size hardly smaller than the picture is still told', async () => {
  const sent = probeImage(320, 240)
  const received = resize(resize(sent, [288, 216], centred), [320, 240], centred)
  const [fault, ...others] = (await diagnose(sent, received)).faults
  expect(others).toEqual([])
  expect(fault).toMatchObject({ code: 'HIDDEN_RESIZE', evidence: { width: 288, height: 216 } })
})

test('pixels repeated by rounding down tell their size, and are not shifted', async () => {
  const sent = probeImage(257, 191)
  const received = resize(resize(sent, [193, 143], floored), [257, 191], floored)
  const { faults } = await diagnose(sent, received)
  expect(faults).toMatchObject([{ code: 'HIDDEN_RESIZE', evidence: { width: 193, height: 143, kernel: 'nearest' } }])
})

test('aliasing of a third is no misplaced sampling', async () => {
  const sent = probeImage(320, 240)
  expect(await faultsOf(sent, resize(resize(sent, [107, 80], centred), [320, 240], centred))).toEqual(['HIDDEN_RESIZE'])
})

test('corners that meet one way only are told beside a shift', async () => {
  const sent = probeImage(320, 240)
  const detour = resize(resize(sent, [160, 120], corners), [320, 240], centred)
  const received = resize(detour, [320, 240], (t) => t - 3)
  expect((await faultsOf(sent, received)).toSorted()).toEqual(['ALIGN_CORNERS', 'HIDDEN_RESIZE', 'SHIFTED'])
})

test.each([
  { name: 'pixels repeated', place: floored },
  { name: 'pixels mixed', place: centred },
])('an enlarged picture lost nothing: $name', async ({ place }) => {
  const sent = probeImage(256, 192)
  const { faithful, faults } = await diagnose(sent, resize(sent, [640, 480], place))
  expect(faults).toMatchObject([{ code: 'HIDDEN_RESIZE', severity: 'note' }])
  expect(faithful).toBe(true)
})
