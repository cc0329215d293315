import { type Agreement, type Id, Refusal, type Roster } from '@consort/protocol'
import { checkUse } from '../agreement/coverage.ts'

/**
 * Checks that answers of a member can be settled under these terms: throws `agreement-refused` for who is no partner on
 * their roster, or whose agents may not answer.
 */
export function checkMayAnswer(
  id: Id<'member'>,
  what: string,
  { agreement, roster }: { agreement: Agreement; roster: Roster },
): void {
  const member = roster.members.find(entry => entry.id === id)
  if (member?.role !== 'partner') {
    throw new Refusal('agreement-refused', `${what} is of ${id}, who is no partner`, {
      path: 'usage',
      hint: 'Only answers of partners on the roster of the agreement can be settled.',
    })
  }
  checkUse(agreement, member.name)
}
