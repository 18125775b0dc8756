import { Html, html, type Tone } from './html.js'
import { style } from './style.js'

/** What a page says first, and what follows. */
export interface Page {
  readonly title: string
  readonly tone: Tone
  /** One sentence. */
  readonly verdict: string
  readonly body: readonly Html[]
}

/** A whole page that asks nothing of the network: style and pictures are inside, and its policy forbids the rest. */
export function page({ title, tone, verdict, body }: Page): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}: ${verdict}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><h1>${title}</h1><p class="verdict ${tone}">${verdict}</p></header>
<main>${[...body]}</main>
<footer>Made by i2i. The page holds all that it shows and asks nothing of the network. It may hold pictures of people: mind whom you send it to.</footer>
</body>
</html>
`.text
}
