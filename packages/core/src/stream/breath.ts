/**
 * Lets the host do what waits (paint, timers, input) before it goes on: a runtime that computes on this thread answers without a turn of the
 * event loop, and frame after frame would keep a page still. A message, because timers that follow each other are held back for 4 ms.
 */
export function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel() as unknown as Channel
    port1.onmessage = () => {
      // An open port keeps Node alive.
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

// Node's types know its own events alone.
interface Channel {
  readonly port1: { onmessage: () => void; close(): void }
  readonly port2: { postMessage(message: undefined): void }
}
