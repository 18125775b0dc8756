/** What the MessagePorts of the web and of Node have in common. */
export interface Port {
  postMessage(message: unknown, transfer: readonly object[]): void
  addEventListener(type: 'message' | 'messageerror', listener: (event: { data?: unknown }) => void): void
  removeEventListener(type: string, listener: (event: { data?: unknown }) => void): void
  start(): void
  close(): void
  /** Node only: whether an open port keeps the process alive. */
  unref?(): void
}

/** Two ports, each of which hears what the other is told. */
export function channel(): readonly [Port, Port] {
  const { port1, port2 } = new MessageChannel()
  return [port1 as unknown as Port, port2 as unknown as Port]
}
