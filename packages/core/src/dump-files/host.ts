/** What a browser says of itself, for manifest.json. */
export function browserHost(): { readonly userAgent: string } {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: string } }
  return { userAgent: navigator?.userAgent ?? 'unknown' }
}
