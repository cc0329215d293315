import { type CaseOrigin, type Id, Refusal } from '@consort/protocol'
import { type CaseFile, caseView, readCase } from '@consort/review'
import type { AgentContext } from './context.ts'
import { servedCard } from './versions.ts'

/** Everything that an answer rests on, from the data cards to the person, with the log's own entries. */
export async function explainCase(context: AgentContext, id: Id<'case'>): Promise<CaseOrigin> {
  const file = await readCase(context.database, id, {})
  const card = await servedCard(context, file.version)
  return {
    case: caseView(file),
    role: file.role,
    model: {
      name: card.name,
      version: card.id,
      run: card.run,
      round: card.round,
      recipe: card.recipeDigest,
      roster: card.rosterDigest,
      agreement: card.agreementDigest,
      trainedBy: card.lineage,
    },
    reviews: reviewsOf(file),
    log: await entriesAbout(context, id),
  }
}

function reviewsOf({ state }: CaseFile): CaseOrigin['reviews'] {
  if (state.kind !== 'begun' && state.kind !== 'closed') return []
  const review = (stage: 'first' | 'final', { class: said, by, at }: typeof state.first) => ({
    stage,
    by: by.name,
    class: said,
    at,
  })
  return [review('first', state.first), ...(state.kind === 'closed' ? [review('final', state.final)] : [])]
}

async function entriesAbout({ database }: AgentContext, id: string): Promise<string[]> {
  const rows = await database
    .selectFrom('event')
    .select('text')
    .where('text', 'like', `%"case":"${id}"%`)
    .orderBy('seq')
    .execute()
  if (rows.length > 0) return rows.map(row => row.text)
  throw new Refusal('log-altered', `The event log has no entry about ${id}`, {
    hint: 'Run `consort audit verify`.',
  })
}
