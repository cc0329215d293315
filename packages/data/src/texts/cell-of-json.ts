import { z } from 'zod'

/** Who said what, one after the other, as chat programs keep it. */
const conversation = z.array(z.object({ role: z.string(), content: z.string() })).min(1)

/**
 * A field of a JSON object as the text of a cell, null where nothing is recorded. A conversation becomes one text, each
 * turn a line that begins with its role: `user: Is it here yet?`. Another list or object stays the JSON that it is.
 */
export function cellOfJson(value: unknown): string | null {
  const text = textOf(value).trim()
  return text === '' ? null : text
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  const turns = conversation.safeParse(value)
  if (turns.success) return turns.data.map(({ role, content }) => `${role}: ${content}`).join('\n')
  return JSON.stringify(value)
}
