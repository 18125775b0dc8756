import { existsSync, readFileSync } from 'node:fs'

const status = '/proc/self/status'

/** The most bytes this process has held in memory. Linux's maxRSS counts what its parent held when it was started: VmHWM does not. */
export function peakRss() {
  const line = existsSync(status) && /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))
  return 1024 * (line ? Number(line[1]) : process.resourceUsage().maxRSS)
}
