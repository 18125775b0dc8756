// Interleaved timing: every contestant runs once a round, so that a machine that slows down slows all of them.

/**
 * Times contestants in turn. Each is { name, run(iterations) } where run does the work that often and may return a promise of the
 * nanoseconds it took itself (a process of its own), else it is timed here. Returns ms per iteration: { name, min, median }.
 */
export async function interleave(contestants, { rounds = 15, batchMs = 20 } = {}) {
  const entries = []
  for (const contestant of contestants) {
    await timed(contestant, 1)
    const once = await timed(contestant, 1)
    entries.push({
      contestant,
      iterations: Math.max(1, Math.min(1000, Math.round(batchMs / Math.max(once, 1e-3)))),
      times: [],
    })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, iterations, times } of entries)
      times.push((await timed(contestant, iterations)) / iterations)
  }
  return entries.map(({ contestant, times }) => {
    times.sort((a, b) => a - b)
    return { name: contestant.name, min: times[0], median: times[times.length >> 1] }
  })
}

async function timed({ run }, iterations) {
  const start = performance.now()
  const own = await run(iterations)
  return own === undefined ? performance.now() - start : own / 1e6
}

/** A contestant whose work is a plain function. */
export function loop(name, work) {
  return {
    name,
    run(iterations) {
      for (let i = 0; i < iterations; i++) work()
    },
  }
}

/** A contestant whose work is asynchronous, one call after another. */
export function loopAsync(name, work) {
  return {
    name,
    async run(iterations) {
      for (let i = 0; i < iterations; i++) await work()
    },
  }
}
