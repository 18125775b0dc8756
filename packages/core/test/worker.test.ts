import { I2iError, isI2iError, openColorEngine, type RawImage } from '@i2i/color'
import { expose } from 'comlink'
import { describe, expect, it } from 'vitest'
import { decodeError, encodeError } from '../src/worker/errors.js'
import { sentImage } from '../src/worker/pictures.js'
import { channel } from '../src/worker/port.js'
import type { Host, Service } from '../src/worker/protocol.js'
import { TranslatorService } from '../src/worker/service.js'
import { moving, offer, reach, unwrap } from '../src/worker/wire.js'
import { echo, fakeBackend, manifest, noise } from './fake-backend.js'

const crossed = (error: unknown): unknown => decodeError(structuredClone(encodeError(error)))

describe('an error on its way', () => {
  it('keeps class, code, details, causes and stack', () => {
    const cause = new RangeError('too much', { cause: new DOMException('stopped', 'AbortError') })
    const error = new I2iError('OUT_OF_MEMORY', 'no room', { cause, details: { bytes: 7, list: [1, { a: 2n }] } })
    const got = crossed(error)
    if (!isI2iError(got, 'OUT_OF_MEMORY')) throw got
    expect(got).toBeInstanceOf(I2iError)
    expect([got.message, got.details, got.stack]).toEqual([error.message, error.details, error.stack])
    expect(got.cause).toBeInstanceOf(RangeError)
    expect((got.cause as Error).cause).toMatchObject({ name: 'AbortError', message: 'stopped' })
    expect((got.cause as Error).cause).toBeInstanceOf(DOMException)
  })

  it('keeps what was thrown together, and what is no error', () => {
    const many = crossed(new AggregateError([new TypeError('one'), 'two'], 'both')) as AggregateError
    expect(many.errors[0]).toBeInstanceOf(TypeError)
    expect([many.message, many.errors[1]]).toEqual(['both', 'two'])
    for (const value of [undefined, null, 0, 'text', { mine: [1, 2] }]) expect(crossed(value)).toEqual(value)
    class OwnError extends Error {
      override readonly name = 'Own'
    }
    expect(crossed(new OwnError('mine'))).toMatchObject({ name: 'Own', message: 'mine' })
  })

  it('survives what cannot be cloned, and causes without end', () => {
    const details = { fn: () => 1, symbol: Symbol('s'), fine: 1 }
    expect(crossed(new I2iError('OPTION_INVALID', 'x', { details }))).toMatchObject({
      details: { fn: '() => 1', symbol: 'Symbol(s)', fine: 1 },
    })
    const own = new Error('own')
    own.cause = own
    let depth = 0
    for (let at = crossed(own) as Error | undefined; at; at = at.cause as Error | undefined) depth++
    expect(depth).toBe(5)
  })
})

describe('what is sent', () => {
  it('is a copy of the rows alone, however large what lies behind them', () => {
    const memory = new Uint8Array(10_000).fill(9)
    const image: RawImage = { ...noise(4, 3), planes: [{ data: memory.subarray(100), stride: 20 }] }
    const { value, moved } = sentImage(image, false)
    expect(moved).toHaveLength(1)
    expect((moved[0] as ArrayBuffer).byteLength).toBe(20 * 2 + 12)
    expect(value.planes[0]?.stride).toBe(20)
    expect(sentImage(image, true).moved).toEqual([memory.buffer])
  })

  it('leaves the worker when it is a result: nothing is copied', async () => {
    const results: RawImage[] = []
    const reference = await openColorEngine({ engine: 'reference' })
    // What translate() makes is seen here before it is sent.
    const color = new Proxy(reference, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key)
        if (key !== 'unpack' || typeof value !== 'function')
          return typeof value === 'function' ? value.bind(target) : value
        return (...args: unknown[]) => {
          const image = Reflect.apply(value, target, args) as RawImage
          results.push(image)
          return image
        }
      },
    })
    const [service, servicePort] = channel()
    const [host, hostPort] = channel()
    expose({ progress: () => undefined }, host as never)
    const files = { read: async () => new Uint8Array(1) }
    const serving = new TranslatorService(
      { fake: () => fakeBackend(echo) },
      { color: async () => color, files },
      reach<Host>(hostPort),
    )
    offer(serving, servicePort)
    const remote = reach<Service>(service)
    try {
      unwrap(await remote.load(1, manifest(), { files: false, dump: undefined }))
      const picture = noise(8, 8)
      const source = sentImage(picture, false)
      const { image } = unwrap(await remote.translate(2, moving(source), { progress: false }))
      expect(source.value.planes[0]?.data.byteLength).toBe(0)
      expect((image as RawImage).planes[0]?.data).toEqual(picture.planes[0]?.data)
      expect(results.map(({ planes }) => planes[0]?.data.byteLength)).toEqual([0])
      unwrap(await remote.dispose())
    } finally {
      for (const port of [service, host, servicePort, hostPort]) port.close()
    }
  })
})
