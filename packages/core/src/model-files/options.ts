/** How any reader of model files is told to stop and to report. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((loaded: number, total?: number) => void) | undefined
}
