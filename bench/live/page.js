// In the page: the same link on the main thread or in a worker, and how long the page stood still meanwhile.
import { ort } from '@i2i/backend-ort'
import { load } from '@i2i/core'
import { loadInWorker } from '@i2i/core/worker'
import { at256, framesPerSecond, pictures, stages } from './link.mjs'

const manifestUrl = '/models/toon/toon.i2i.json'

async function opened(where) {
  const manifest = at256(await (await fetch(manifestUrl)).json())
  const options = { device: 'wasm', baseUrl: new URL(manifestUrl, location.href) }
  if (where === 'main') return await load(manifest, { ...options, backend: ort({ threads: 1 }) })
  return await loadInWorker(() => new Worker('/worker.js', { type: 'module' }), manifest, options)
}

/** The longest time between two turns of the page's event loop, beyond the timer's own 4 ms. */
function stallWatch() {
  let longest = 0
  let last = performance.now()
  const tick = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 4)
    last = now
    timer = setTimeout(tick, 4)
  }
  let timer = setTimeout(tick, 4)
  return () => {
    clearTimeout(timer)
    return Math.max(longest, performance.now() - last)
  }
}

globalThis.live = async (where, width, height, count) => {
  const translator = await opened(where)
  const raw = pictures(width, height, 4)
  const frame = (i) => {
    const { data, format } = raw[i % raw.length]
    const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false }
    const timestamp = 40_000 * i
    return new VideoFrame(data, { format, codedWidth: width, codedHeight: height, timestamp, colorSpace })
  }
  await stages(translator, frame, 'VideoFrame', 3)
  const parts = await stages(translator, frame, 'VideoFrame', count)
  const stalled = stallWatch()
  const fps = await framesPerSecond(translator, frame, count)
  const stall = stalled()
  await translator.dispose()
  return { fps, stall, ...parts }
}
