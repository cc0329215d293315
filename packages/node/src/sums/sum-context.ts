import { secureRoundContext } from '@consort/federation'
import { checkContext, type RoundContext } from '@consort/privacy'
import {
  type Cohort,
  documentSignatureHolds,
  Refusal,
  type Roster,
  type SignedDataCard,
} from '@consort/protocol'
import { trainedParts } from '@consort/train'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { rosterFor } from '../hub/rosters.ts'

/**
 * What this node masks for: made from the task that it has checked, keys of its own countersigned roster and data cards
 * that their members signed. Only who takes part is the hub's word, and partners who are told different things get
 * masks that do not cancel. Throws `roster-altered` for somebody who is not in the roster, and `signature-invalid` for
 * a card that is not its member's.
 */
export async function sumContext(
  context: Parameters<typeof rosterFor>[0],
  { task, recipe }: AcceptedTask,
  cohort: Cohort,
): Promise<RoundContext> {
  const roster = (await rosterFor(context, task.roster)).document
  const made = secureRoundContext({
    agreement: task.agreement,
    run: task.run,
    round: task.round,
    attempt: cohort.attempt,
    weights: task.weights,
    recipe,
    recipeDigest: task.recipe,
    roster: task.roster,
    values: trainedParts(recipe).layout.size,
    members: cohort.members.map(({ name, card }) => ({
      name,
      ...checkedMember(roster, name, card, recipe.dataset),
    })),
    partners: roster.members.filter(({ role }) => role === 'partner').map(({ name }) => name),
  })
  checkContext(made)
  const own = cohort.members.find(({ name }) => name === context.enrolment.name)
  if (!own) {
    throw new Refusal(
      'roster-altered',
      'The hub asks this node for a masked update, but leaves it out of the sum',
    )
  }
  // With old cards of a few records for all but one the sum would be that one's update.
  if (own.card.document.id !== task.card) {
    throw new Refusal('roster-altered', 'The hub weighs this node by another data card than that of the task')
  }
  return made
}

function checkedMember(roster: Roster, name: string, card: SignedDataCard, dataset: string) {
  const member = roster.members.find(known => known.name === name && known.role === 'partner')
  if (!member) throw new Refusal('roster-altered', `${name} is no partner in the roster that all have signed`)
  const signature = card.signatures.find(({ key }) => key === member.key)
  if (!signature || !documentSignatureHolds(card.document, signature)) {
    throw new Refusal('signature-invalid', `The data card shown for ${name} is not signed by ${name}`)
  }
  if (card.document.member !== member.id || card.document.dataset !== dataset) {
    throw new Refusal('roster-altered', `The data card shown for ${name} is about something else`)
  }
  const { role, trainExamples } = card.document
  if (role === 'test' || trainExamples === 0) {
    throw new Refusal('roster-altered', `The data card shown for ${name} has no records to train on`)
  }
  return { key: member.key, examples: trainExamples }
}
