import type { TensorStatistics } from '@i2i/core'
import type { Gate } from '../tensors/tolerance.js'

/**
 * What proves that two arrays are beyond a gate when their statistics are all that is left; undefined when nothing does. Numbers that
 * are each at most d apart have min, max, mean and standard deviation at most d apart; of a root mean square the last two alone.
 */
export function statisticsApart(a: TensorStatistics, b: TensorStatistics, gate: Gate): string | undefined {
  for (const [key, what] of [
    ['nanCount', 'NaN'],
    ['infCount', 'infinities'],
  ] as const)
    if (a[key] !== b[key]) return `${a[key]} against ${b[key]} ${what}`
  const keys = 'rtol' in gate ? (['min', 'max', 'mean', 'std'] as const) : (['mean', 'std'] as const)
  const limit = limitOf(a, b, gate)
  const key = keys.find((name) => Math.abs(a[name] - b[name]) > limit)
  return key && `${key} ${short(a[key])} against ${short(b[key])}`
}

// The widest that the gate allows any of the numbers.
function limitOf(a: TensorStatistics, b: TensorStatistics, gate: Gate): number {
  if (!('rtol' in gate)) return (a.max - a.min || 1) * 10 ** (-gate.minPsnr / 20)
  return gate.atol + gate.rtol * Math.max(...[a.min, a.max, b.min, b.max].map(Math.abs))
}

function short(value: number): number {
  return Number(value.toPrecision(6))
}
