// One case: every contestant in its own process, in turn, so that a machine that slows down slows all of them.
import { readImage } from '@i2i/core/node'
import sharp from 'sharp'
import { start } from './process.mjs'

const photo = new URL('../../examples/node-photo/astronaut.png', import.meta.url)

/** ms, medians and minima of each contestant: { name, ms, cpuMs, otherMs, otherCpuMs, openMs, firstMs, peakRss, off } or { name, failed }. */
export async function measure({ model, side, scale, rounds, contestants }) {
  const shared = { model, scale, picture: await picture(side) }
  const entries = []
  for (const contestant of contestants) {
    const process = await start(contestant, shared)
    entries.push({ ...contestant, process, samples: [] })
  }
  const running = entries.filter(({ process }) => !process.failed)
  for (let round = 0; round <= rounds; round++) {
    for (const entry of running) {
      const { samples, peakRss, failed } = await entry.process.run(entry.calls ?? 1)
      if (failed) throw new Error(`${entry.name}: ${failed}`)
      entry.peakRss = peakRss
      // The round before the first is the second call, which says how many fit into a fifth of a second.
      if (round === 0) entry.calls = Math.max(1, Math.min(20, Math.round(200 / samples[0].ms)))
      else entry.samples.push(...samples)
    }
  }
  for (const { process } of running) process.stop()
  const reference = entries.find((entry) => entry.reference)?.process
  return entries.map(({ name, process, samples, peakRss }) => {
    if (process.failed) return { name, failed: process.failed }
    const of = (key) => spread(samples.map((sample) => sample[key]))
    return {
      name,
      ms: of('ms'),
      cpuMs: of('cpuMs'),
      otherMs: of('otherMs'),
      otherCpuMs: of('otherCpuMs'),
      openMs: process.openMs,
      firstMs: process.firstMs,
      peakRss,
      off: difference(process, reference),
    }
  })
}

/** The photograph, RGBA, square. */
export async function picture(side) {
  const { width, height, planes } = await readImage(photo.pathname)
  const raw = { width, height, channels: 4 }
  const data = await sharp(planes[0].data, { raw }).resize(side, side, { kernel: 'cubic' }).raw().toBuffer()
  return { width: side, height: side, data: new Uint8Array(data) }
}

function spread(values) {
  values.sort((a, b) => a - b)
  return { min: values[0], median: values[values.length >> 1] }
}

/** The largest and the mean difference of two pictures' colours in 8-bit steps. */
function difference(one, other) {
  const [a, b] = [colours(one), other && colours(other)]
  if (!a || !b) return undefined
  let [worst, sum] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    const off = Math.abs(a[i] - b[i])
    worst = Math.max(worst, off)
    sum += off
  }
  return { worst, mean: a.length === b.length ? sum / b.length : Number.NaN }
}

function colours({ rgba, rgb }) {
  return rgb ?? rgba?.filter((_, i) => i % 4 !== 3)
}
