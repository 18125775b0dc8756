/** Counts what a model's run takes, in ms of wall clock and of processor time. */
export function modelTime() {
  const spent = { ms: 0, cpuMs: 0 }
  return {
    /** What was spent since the last call of take(). */
    take() {
      const taken = { ...spent }
      spent.ms = 0
      spent.cpuMs = 0
      return taken
    },
    async run(work) {
      const cpu = process.cpuUsage()
      const start = performance.now()
      const result = await work()
      spent.ms += performance.now() - start
      spent.cpuMs += cpuMs(cpu)
      return result
    },
    runSync(work) {
      const cpu = process.cpuUsage()
      const start = performance.now()
      const result = work()
      spent.ms += performance.now() - start
      spent.cpuMs += cpuMs(cpu)
      return result
    },
  }
}

/** ms of processor time since `before`, a process.cpuUsage(). */
export function cpuMs(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
