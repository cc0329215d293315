import { openedSharesSchema } from '@consort/protocol'
import { z } from 'zod'
import type { SentRequest } from './world/network.ts'

const kindOf = z.object({ kind: z.string() })

/**
 * Watches what nodes say in secret sums. Of each dealer in one sum either the shares of its mask key or those of its
 * self-mask are opened, never both: with both its update can be read. And a member that repeats itself says the same.
 */
export function watchOpenedShares(onWrong: (what: string) => void): (sent: SentRequest) => void {
  const opened = new Map<string, string>()
  const said = new Map<string, string>()
  return ({ path, body }) => {
    if (!path.endsWith('/aggregation') || body === undefined) return
    const message: unknown = JSON.parse(Buffer.from(body).toString())
    if (kindOf.parse(message).kind !== 'opened-shares') return
    const { context, member, shares } = openedSharesSchema.parse(message)
    for (const { dealer, of } of shares) {
      const sum = `${dealer} in ${context}`
      const before = opened.get(sum) ?? of
      if (before !== of) onWrong(`both secrets of ${dealer} are opened in one sum`)
      opened.set(sum, of)
    }
    const sayer = `${member} in ${context}`
    const text = JSON.stringify(shares)
    if ((said.get(sayer) ?? text) !== text) onWrong(`${member} opens other shares than it has opened before`)
    said.set(sayer, text)
  }
}
