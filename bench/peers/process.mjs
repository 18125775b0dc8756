// A contestant's process, seen from the parent.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url))

/** Opens a contestant in a process of its own and makes its first call. What does not run here gives { failed: reason }. */
export async function start({ module, options }, shared) {
  const child = fork(worker, { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const answer = async () => {
    const ended = new AbortController()
    const gone = once(child, 'exit', ended).then(([code, signal]) => [
      { failed: `its process ended: ${signal ?? code}` },
    ])
    const [message] = await Promise.race([
      once(child, 'message', ended),
      gone.catch(() => new Promise(() => undefined)),
    ])
    ended.abort()
    return message
  }
  child.send({ module, options: { ...options, ...shared } })
  const opened = await answer()
  if (opened.failed) child.kill()
  return {
    ...opened,
    /** Times that many calls: { samples: [{ ms, cpuMs, otherMs, otherCpuMs }], peakRss }, other being what is not the model. */
    async run(calls) {
      child.send({ calls })
      return await answer()
    },
    stop: () => child.send({ calls: 0 }),
  }
}
