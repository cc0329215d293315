import { type CaseOrigin, digestSchema, idSchema, Refusal } from '@consort/protocol'
import {
  type AnswerBatch,
  type AskedCase,
  askedView,
  batchOfAnswer,
  digestOfBatch,
  type Judgement,
  readAsked,
} from '@consort/review'
import { z } from 'zod'
import type { NodeHandler } from '../../caller.ts'
import { servedCard } from '../versions/served-version-store.ts'
import type { ReviewContext } from './review-context.ts'

type Database = ReviewContext['database']

/** Shows everything that an answer rests on, from the data cards to the person, with the log's own entries. */
export function explainCase({ database }: Pick<ReviewContext, 'database'>): NodeHandler<'explainCase'> {
  return async ({ params: { case: id } }) => {
    const asked = await readAsked(database, id)
    const view = askedView(asked)
    // A partner's version was never served here: the case is about the one that deferred it.
    const card = await servedCard(database, asked.kind === 'case' ? asked.file.version : view.version)
    return {
      case: view,
      role: asked.kind === 'case' ? asked.file.role : null,
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
      reviews: reviewsOf(asked),
      log: [...(await batchEntries(database, asked)), ...(await entriesAbout(database, asked, id))],
    }
  }
}

function reviewsOf(asked: AskedCase): CaseOrigin['reviews'] {
  if (asked.kind === 'answer' || !('first' in asked.file.state)) return []
  const { state } = asked.file
  const review = (stage: 'first' | 'final', { class: said, by, at }: Judgement) => ({
    stage,
    by: by.name,
    class: said,
    at,
  })
  return [
    ...(state.first ? [review('first', state.first)] : []),
    ...('final' in state ? [review('final', state.final)] : []),
  ]
}

async function entriesAbout(database: Database, asked: AskedCase, id: string): Promise<string[]> {
  const texts = await entriesLike(database, `%"case":"${id}"%`)
  if (texts.length > 0 || asked.kind === 'answer') return texts
  throw missingEntry(id)
}

/** What an agent answered alone is logged by the batch: with how many answers, and a digest of all that they say. */
async function batchEntries(database: Database, asked: AskedCase): Promise<string[]> {
  if (asked.kind === 'case') return []
  const { id } = asked.answer
  const first = await batchOfAnswer(database, id)
  const [text] = await entriesLike(database, `%"answers-given"%`, `%"first":"${first}"%`)
  const body = text === undefined ? undefined : batchIn(text)
  if (text && body && (await digestOfBatch(database, body)) === body.digest) return [text]
  throw missingEntry(id)
}

const entrySchema = z.object({
  body: z.object({ first: idSchema('case'), last: idSchema('case'), digest: digestSchema }),
})

function batchIn(entry: string): AnswerBatch {
  return entrySchema.parse(JSON.parse(entry)).body
}

async function entriesLike(database: Database, ...patterns: string[]): Promise<string[]> {
  const rows = await database
    .selectFrom('event')
    .select('text')
    .where(({ and, eb }) => and(patterns.map(pattern => eb('text', 'like', pattern))))
    .orderBy('seq')
    .execute()
  return rows.map(row => row.text)
}

function missingEntry(id: string): Refusal {
  return new Refusal('log-altered', `The event log has no entry about ${id}`, {
    hint: 'Run `consort audit verify`.',
  })
}
