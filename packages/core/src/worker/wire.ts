import { type Endpoint, expose, transfer, wrap } from 'comlink'
import type { Decision } from '../types.js'
import { decodeError, encodeError } from './errors.js'
import type { Port } from './port.js'
import type { Answer } from './protocol.js'

/** A value, and what of it moves to the other side instead of being copied. */
export interface Parcel<T> {
  readonly value: T
  readonly moved: readonly object[]
}

/** `value` with its `moved` parts handed over when it is sent as an argument or an answer. */
export function moving<T extends object>({ value, moved }: Parcel<T>): T {
  return transfer(value, moved as Parameters<typeof transfer>[1])
}

/** The answer to a call, which never fails. */
export async function answer<T>(
  work: () => Promise<Parcel<T>>,
  news: () => readonly Decision[] = () => [],
): Promise<Answer<T>> {
  try {
    const { value, moved } = await work()
    return moving({ value: { value, news: news() }, moved })
  } catch (error) {
    return { error: encodeError(error), news: news() }
  }
}

/** answer() for what moves nothing. */
export function plainAnswer<T>(
  work: () => T | Promise<T>,
  news: () => readonly Decision[] = () => [],
): Promise<Answer<T>> {
  return answer(async () => ({ value: await work(), moved: [] }), news)
}

/** What a call gave; what it threw is thrown again. */
export function unwrap<T>(answered: Answer<T>): T {
  if ('error' in answered) throw decodeError(answered.error)
  return answered.value
}

/** Answers the calls that arrive at a port. */
export function offer(api: object, port: Port): void {
  expose(api, endpoint(port))
}

/** What is offered at the other end of a port; all its methods give promises here. */
export function reach<T>(port: Port): T {
  // T's methods give promises of data, and so do the proxy's.
  return wrap<T>(endpoint(port)) as T
}

// A port is one by what comlink uses; its types are those of the DOM.
function endpoint(port: Port): Endpoint {
  return port as unknown as Endpoint
}
