// What Node and the page share: frames in, toon at 256x256, and how long it all took.

/** The manifest of models/toon with an input of 256x256, whatever the frames are. */
export function at256(manifest) {
  // The canary is of another size.
  const variants = manifest.variants.map(({ canary: _, ...variant }) => variant)
  return { ...manifest, variants, input: { ...manifest.input, size: { width: 256, height: 256 } } }
}

/** I420 pictures that differ, so that nothing can be kept from one to the next. */
export function pictures(width, height, count) {
  return Array.from({ length: count }, (_, seed) => {
    const data = new Uint8Array((width * height * 3) / 2)
    for (let i = 0; i < data.length; i++) data[i] = 64 + (((i % width) * 3 + (i >> 9) * 5 + seed * 11) & 127)
    return { format: 'I420', width, height, data }
  })
}

/** Frames a second through the translator's stream, read as soon as they come. */
export async function framesPerSecond(translator, makeFrame, count) {
  const { readable, writable } = translator.translateStream()
  const writer = writable.getWriter()
  const start = performance.now()
  const written = (async () => {
    for (let i = 0; i < count; i++) {
      await writer.ready
      writer.write(makeFrame(i)).catch(() => {})
    }
    await writer.close()
  })()
  const reader = readable.getReader()
  let frames = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    value.close?.()
    frames++
  }
  await written
  if (frames !== count) throw new Error(`${frames} of ${count} frames came`)
  return (1000 * count) / (performance.now() - start)
}

/** Medians of what translate() says of its stages, in ms. */
export async function stages(translator, makeFrame, as, count) {
  const all = { decode: [], pack: [], run: [], unpack: [], total: [] }
  for (let i = 0; i < count; i++) {
    const frame = makeFrame(i)
    const { image, timings } = await translator.translate(frame, { as })
    for (const [name, times] of Object.entries(all)) times.push(timings[name])
    frame.close?.()
    image.close?.()
  }
  return Object.fromEntries(Object.entries(all).map(([name, times]) => [name, median(times)]))
}

function median(times) {
  return [...times].sort((a, b) => a - b)[times.length >> 1]
}
