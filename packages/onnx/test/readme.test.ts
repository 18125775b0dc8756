import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as onnx from '../src/index.js'

describe('README', () => {
  it('its example runs and prints what it says', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
    const [imports = '', names = ''] = /import \{([^}]*)\} from '@i2i\/onnx'/.exec(code) ?? []
    const printed: unknown[] = []
    new Function('onnx', 'console', `const {${names}} = onnx\n${code.replace(imports, '')}`)(onnx, {
      log: (...values: unknown[]) => printed.push(...values),
    })
    expect(printed).toMatchObject([
      {
        inputs: [{ name: 'x', dtype: 'float32', dims: [1, 3, 'height', 'width'] }],
        operators: { Mul: 1, Identity: 1 },
      },
    ])
  })
})
