import type { Arena } from './arena.js'
import type { Feed } from './feed.js'
import { planStrips, type Strips } from './run.js'
import type { Sink } from './sink.js'
import { buildTask, type Task, type TaskSpec } from './task.js'

// A stream alternates between a pack and an unpack, with a few sizes at most.
const kept = 12

interface Entry {
  readonly task: Task
  readonly strips: Strips
}

/** The tasks used last, so that a steady stream plans nothing and allocates nothing. */
export class TaskCache {
  readonly #arena: Arena
  readonly #entries = new Map<string, Entry>()

  constructor(arena: Arena) {
    this.#arena = arena
  }

  /** The task of this key, made if it is new. */
  get(
    key: string,
    spec: () => TaskSpec,
    feeds: readonly Feed[],
    sink: Sink,
    inPlace: boolean,
    claim: (bytes: number, purpose: string) => number,
  ): Entry {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < kept) break
      this.#drop(oldest)
    }
    const task = buildTask(this.#arena, (bytes) => claim(bytes, 'a plan'), spec())
    const entry = { task, strips: planStrips(task, feeds, sink, inPlace) }
    this.#entries.set(key, entry)
    return entry
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#drop(key)
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#arena.give(entry.task.address)
    this.#entries.delete(key)
  }
}
