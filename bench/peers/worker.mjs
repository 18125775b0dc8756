// One contestant in a process of its own: opens it, then answers the parent's rounds.
import { once } from 'node:events'
import { peakRss } from '../lib/peak-rss.mjs'
import { cpuMs } from './contestants/model-time.mjs'

const started = performance.now()
const [{ module, options }] = await once(process, 'message')
try {
  const { open } = await import(`./contestants/${module}.mjs`)
  const contestant = await open(options)
  const opened = performance.now()
  const { rgba, rgb } = await contestant.call()
  send({ openMs: opened - started, firstMs: performance.now() - opened, rgba, rgb })
  process.on('message', async ({ calls }) => {
    if (!calls) process.exit(0)
    const samples = []
    for (let i = 0; i < calls; i++) {
      const cpu = process.cpuUsage()
      const start = performance.now()
      const { model } = await contestant.call()
      const ms = performance.now() - start
      const all = cpuMs(cpu)
      samples.push({ ms, cpuMs: all, otherMs: ms - model.ms, otherCpuMs: all - model.cpuMs })
    }
    send({ samples, peakRss: peakRss() })
  })
} catch (error) {
  send({ failed: error instanceof Error ? error.message : String(error) })
}

function send(message) {
  process.send(message)
}
