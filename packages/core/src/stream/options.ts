import { I2iError } from '@i2i/color'
import { checkKeys, streamKeys } from '../options.js'
import type { StreamOptions } from '../types.js'

/** @throws OPTION_INVALID naming the option, its value and what it takes */
export function checkStreamOptions(options: StreamOptions): void {
  checkKeys('translateStream()', options, streamKeys)
  const { late, format, budgetMs, steady, signal } = options
  const takes = {
    late: late === undefined || late === 'wait' || late === 'drop' || '"wait" or "drop"',
    // Which ones there are, and which a VideoFrame can have, the calls say.
    format: format === undefined || typeof format === 'string' || 'a pixel format',
    budgetMs: budgetMs === undefined || (Number.isFinite(budgetMs) && budgetMs > 0) || 'ms above 0',
    steady: steady === undefined || (steady >= 0 && steady <= 1) || 'a number from 0 to 1',
    signal: signal === undefined || typeof signal?.aborted === 'boolean' || 'an AbortSignal',
  }
  for (const name of streamKeys as (keyof typeof takes)[]) {
    if (takes[name] === true) continue
    throw new I2iError('OPTION_INVALID', `translateStream(): ${name} is ${options[name]}; give ${takes[name]}`)
  }
}
