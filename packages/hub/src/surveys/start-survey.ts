import { checkSurvey, usualQuestions } from '@consort/agreements'
import { surveyContext } from '@consort/federation'
import { membersMin, packedBytes, ringBits } from '@consort/privacy'
import {
  type Agreement,
  chunkBytes,
  createId,
  digestOfDocument,
  type hubEndpoints,
  type Parsed,
  Refusal,
  type Roster,
  type SignedSurvey,
  type Survey,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { readAgreement } from '../documents/agreement.ts'
import { rosterInForce } from '../documents/roster.ts'
import { type MemberWithCard, membersWithCards } from '../members/members-with-cards.ts'
import { openAttempt } from '../sums/attempt-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { SurveyContext } from './context.ts'
import { keyOf } from './roster-key.ts'
import { insertSurvey, readSurvey, type SurveyRecord, surveyWithKey } from './survey-store.ts'

/** What the operator asks for. */
export type SurveyOrder = Parsed<typeof hubEndpoints.createSurvey>['body']

/**
 * Puts questions to the partners that have the data set and are there, or returns the survey that was started with
 * the same key. Throws `roster-unsigned`, `agreement-refused`, `agreement-altered`, `not-allowed` for fewer than
 * four, and `input-invalid` where a sum might not be exact.
 */
export async function startSurvey(
  context: Omit<SurveyContext, 'blobs'>,
  order: SurveyOrder,
): Promise<SurveyRecord> {
  const { database } = context
  const known = await knownSurvey(database, order)
  if (known) return known
  const { roster, agreement } = await readTerms(database)
  const online = await onlineHolders(context, order.dataset)
  const survey: Survey = {
    kind: 'survey',
    id: createId('survey', context.entropy),
    dataset: order.dataset,
    roster: digestOfDocument(roster),
    agreement: digestOfDocument(agreement),
    questions: order.questions ?? usualQuestions(agreement, order.dataset),
    rowsMax: rowsMaxOf(online),
    epsilon: order.epsilon,
    delta: order.delta,
    withinMs: withinMsOf(order),
  }
  checkSurvey(agreement, survey)
  const members = online.map(({ name }) => ({ name, key: keyOf(roster, name) }))
  const round = surveyContext({ survey, attempt: 1, members })
  checkSize(packedBytes(round.values, ringBits(members.length)))
  const signed: SignedSurvey = { document: survey, signatures: [signDocument(survey, context.key)] }
  await database.transaction().execute(async transaction => {
    const { idempotencyKey } = order
    const isFirst = await insertSurvey(transaction, { signed, idempotencyKey, now: context.now() })
    if (!isFirst) return // the same call came twice at the same time
    await openAttempt(transaction, survey.id, round, context.now().getTime() + survey.withinMs)
    const body = { survey: survey.id, dataset: survey.dataset, members: members.map(({ name }) => name) }
    await appendEvent(context, transaction, { kind: 'survey-started', body })
  })
  const kept = (await knownSurvey(database, order)) ?? (await readSurvey(database, survey.id))
  context.waiting.announce('tasks')
  context.pursue(kept.id)
  return kept
}

/** Finds the survey that was started with the order's key. Throws `state-conflict` when it asked something else. */
async function knownSurvey(database: HubDatabase, order: SurveyOrder): Promise<SurveyRecord | undefined> {
  const known = await surveyWithKey(database, order.idempotencyKey)
  if (!known) return undefined
  const { survey } = known
  const { dataset, epsilon, delta, questions = survey.questions } = order
  const ordered: Survey = { ...survey, dataset, epsilon, delta, questions, withinMs: withinMsOf(order) }
  if (digestOfDocument(ordered) === digestOfDocument(survey)) return known
  throw new Refusal('state-conflict', 'This idempotency key was used for another survey', {
    hint: 'Take a new key for a new survey.',
  })
}

function withinMsOf({ stepWithinSeconds }: SurveyOrder): number {
  return Math.ceil(stepWithinSeconds * 1000)
}

/** The agreement in force, of the roster in force. */
async function readTerms(database: HubDatabase): Promise<{ roster: Roster; agreement: Agreement }> {
  const roster = await rosterInForce(database)
  const agreement = (await readAgreement(database)).inForce?.document
  if (!agreement) {
    throw new Refusal('agreement-refused', 'Partners tell statistics only where an agreement lets them', {
      hint: 'Propose terms with `statistics: { secureSum: true }`: see docs/agreements.md.',
    })
  }
  if (agreement.roster === digestOfDocument(roster)) return { roster, agreement }
  throw new Refusal('agreement-altered', 'The roster has changed since the agreement was signed', {
    hint: 'Propose the terms anew (`consort agreement propose`), for all partners of today to sign.',
  })
}

/** Partners that have records to train on and are there. Throws `not-allowed` when they are too few to hide among. */
async function onlineHolders(
  { database, now }: Pick<SurveyContext, 'database' | 'now'>,
  dataset: string,
): Promise<MemberWithCard[]> {
  const members = await membersWithCards(database, dataset, now())
  const online = members.filter(
    member => member.role === 'partner' && member.online && (member.card?.trainExamples ?? 0) > 0,
  )
  if (online.length >= membersMin) return online
  const there = online.length === 0 ? 'nobody' : online.map(({ name }) => name).join(', ')
  throw new Refusal(
    'not-allowed',
    `A survey takes ${membersMin} partners that have “${dataset}” and are there; there are: ${there}`,
    {
      hint: 'Of a sum over two, each knows the other part. Fewer than four partners can agree on `statistics: true`: then each tells the hub its own counts, means and deviations.',
    },
  )
}

/** Twice the largest data set, rounded up to a power of two: cards may carry noise, and grow. */
function rowsMaxOf(members: readonly MemberWithCard[]): number {
  const most = Math.max(...members.map(({ card }) => card?.trainExamples ?? 0))
  return 2 ** Math.ceil(Math.log2(2 * most))
}

function checkSize(bytes: number): void {
  if (bytes <= chunkBytes) return
  throw new Refusal('too-large', `Masked answers would take ${bytes} bytes, and ${chunkBytes} are the most`, {
    hint: 'Ask in several surveys.',
  })
}
