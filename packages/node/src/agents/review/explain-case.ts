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
import {
  type LogPlace,
  lastSegment,
  readSegmentFile,
  segmentElsewhere,
  segmentsSince,
} from '@consort/storage'
import { z } from 'zod'
import type { NodeHandler } from '../../caller.ts'
import { servedCard } from '../versions/served-version-store.ts'
import type { ReviewContext } from './review-context.ts'

/** What explaining a case reads. */
export type ExplainContext = Pick<ReviewContext, 'database'> & LogPlace

/** Shows everything that an answer rests on, from the data cards to the person, with the log's own entries. */
export function explainCase(place: ExplainContext): NodeHandler<'explainCase'> {
  return async ({ params: { case: id } }) => {
    const { database } = place
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
      log: [...(await batchEntries(place, asked)), ...(await entriesAbout(place, asked, id))],
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

async function entriesAbout(place: ExplainContext, asked: AskedCase, id: string): Promise<string[]> {
  const texts = await entriesWith(place, asked, `"case":"${id}"`)
  if (texts.length > 0 || asked.kind === 'answer') return texts
  throw missingEntry(id)
}

/** What an agent answered alone is logged by the batch: with how many answers, and a digest of all that they say. */
async function batchEntries(place: ExplainContext, asked: AskedCase): Promise<string[]> {
  if (asked.kind === 'case') return []
  const { id } = asked.answer
  const first = await batchOfAnswer(place.database, id)
  const [text] = await entriesWith(place, asked, '"answers-given"', `"first":"${first}"`)
  const body = text === undefined ? undefined : batchIn(text)
  if (text && body && (await digestOfBatch(place.database, body)) === body.digest) return [text]
  throw missingEntry(id)
}

const entrySchema = z.object({
  body: z.object({ first: idSchema('case'), last: idSchema('case'), digest: digestSchema }),
})

function batchIn(entry: string): AnswerBatch {
  return entrySchema.parse(JSON.parse(entry)).body
}

/** The entries that hold all of these texts: archived ones first, as far as the case may be in them. */
async function entriesWith(place: ExplainContext, asked: AskedCase, ...parts: string[]): Promise<string[]> {
  const found: string[] = []
  const { asked: at } = asked.kind === 'case' ? asked.file : asked.answer
  for (const segment of await segmentsSince(place.database, at)) {
    const texts = await readSegmentFile(place.blobs, segment)
    if (!texts) throw segmentElsewhere(segment)
    found.push(...texts.filter(text => parts.every(part => text.includes(part))))
  }
  const sealedTo = (await lastSegment(place.database))?.last ?? 0
  const rows = await place.database
    .selectFrom('event')
    .select('text')
    .where('seq', '>', sealedTo)
    .where(({ and, eb }) => and(parts.map(part => eb('text', 'like', `%${part}%`))))
    .orderBy('seq')
    .execute()
  return [...found, ...rows.map(row => row.text)]
}

function missingEntry(id: string): Refusal {
  return new Refusal('log-altered', `The event log has no entry about ${id}`, {
    hint: 'Run `consort audit verify`.',
  })
}
