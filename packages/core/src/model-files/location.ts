import { I2iError } from '@i2i/color'
import { nodeModule, web } from './host.js'

/** Where something lies: `href` is an absolute path of the file system, or an absolute URL. */
export interface Location {
  readonly kind: 'path' | 'url'
  readonly href: string
}

// One letter before the colon is a Windows drive.
const scheme = /^[a-z][a-z\d+.-]+:/i

/** Whether it is fetched from a server, and so worth keeping. */
export function isHttp({ kind, href }: Location): boolean {
  return kind === 'url' && /^https?:/.test(href)
}

/** Reads a path (in Node), a URL, or a URL relative to the page; `file:` URLs are paths in Node. @throws OPTION_INVALID */
export function locate(source: string | URL): Location {
  const text = String(source)
  const path = scheme.test(text) ? undefined : nodeModule('node:path')
  if (path) return { kind: 'path', href: path.resolve(text) }
  const page = web.document?.baseURI ?? web.location?.href
  if (URL.canParse(text, page)) return fromUrl(new URL(text, page))
  throw new I2iError('OPTION_INVALID', `"${text}" is no URL that this host can read; pass an absolute one`, {
    details: { source: text },
  })
}

/**
 * Where relative paths start: a path, or a URL relative to the page, names a folder; of an absolute URL the part up to the last slash
 * counts, so that `import.meta.url` will do. @throws OPTION_INVALID
 */
export function locateFolder(baseUrl: string | URL): Location {
  const text = String(baseUrl)
  if (!scheme.test(text)) return locate(text.endsWith('/') ? text : `${text}/`)
  return URL.canParse('.', text) ? fromUrl(new URL('.', text)) : locate(text)
}

/** The folder that holds a manifest. */
export function folderOf(manifest: Location): Location {
  const path = manifest.kind === 'path' ? nodeModule('node:path') : undefined
  return path ? { kind: 'path', href: path.dirname(manifest.href) } : manifest
}

/** A file by its path in the manifest: an absolute URL stays, the rest starts at `folder`. @throws MODEL_UNAVAILABLE */
export function locateIn(folder: Location, file: string): Location {
  const absolute = scheme.test(file)
  const path = folder.kind === 'path' && !absolute ? nodeModule('node:path') : undefined
  if (path) return { kind: 'path', href: path.resolve(folder.href, file) }
  const base = absolute ? undefined : folder.href
  if (URL.canParse(file, base)) return fromUrl(new URL(file, base))
  throw new I2iError(
    'MODEL_UNAVAILABLE',
    `the model file "${file}" cannot be found beside ${folder.href.slice(0, 60)}, which is no folder; pass baseUrl or files to load()`,
    { details: { path: file } },
  )
}

function fromUrl(url: URL): Location {
  const node = url.protocol === 'file:' ? nodeModule('node:url') : undefined
  return node ? { kind: 'path', href: node.fileURLToPath(url) } : { kind: 'url', href: url.href }
}
