import type { Decision } from './types.js'

/** Adds news to a list that a stream of frames must not make grow: the same is told once, a failed dump once, and of one kind only so many. */
export function state(decisions: Decision[], news: Decision): void {
  const known = decisions.some(({ choice, reason }) => {
    return choice === news.choice && (reason === news.reason || choice === noDump)
  })
  if (!known && decisions.filter(({ what }) => what === news.what).length < mostOfAKind) decisions.push(news)
}

/** The choice of a decision that tells of a failed dump. */
export const noDump = 'no dump'

const mostOfAKind = 32
