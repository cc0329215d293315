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
import { readAgreement } from '../agreement.ts'
import { appendEvent, type HubContext } from '../context.ts'
import { type MemberWithCard, membersWithCards } from '../members.ts'
import { readRoster } from '../roster.ts'
import { openAttempt } from '../sums/attempt.ts'
import { readSurvey, type SurveyRecord } from './survey-record.ts'

type SurveyAsked = Parsed<typeof hubEndpoints.createSurvey>['body']

/**
 * Puts questions to the partners that have the data set and are there, or returns the survey that was started with the same
 * key. Throws `roster-unsigned`, `agreement-refused`, `agreement-altered`, `not-allowed` for fewer than four, and
 * `input-invalid` where a sum might not be exact.
 */
export async function startSurvey(context: HubContext, asked: SurveyAsked): Promise<SurveyRecord> {
  const { database } = context
  const known = await database
    .selectFrom('survey')
    .select('id')
    .where('idempotency_key', '=', asked.idempotencyKey)
    .executeTakeFirst()
  if (known) return await readSurvey(database, known.id)
  const { roster, agreement } = await readTerms(context)
  const present = await presentHolders(context, asked.dataset)
  const survey: Survey = {
    kind: 'survey',
    id: createId('survey', context.entropy),
    dataset: asked.dataset,
    roster: digestOfDocument(roster),
    agreement: digestOfDocument(agreement),
    questions: asked.questions ?? usualQuestions(agreement, asked.dataset),
    rowsMax: rowsMaxOf(present),
    epsilon: asked.epsilon,
    delta: asked.delta,
    withinMs: Math.ceil(asked.stepWithinSeconds * 1000),
  }
  checkSurvey(agreement, survey)
  const members = present.map(({ name }) => ({ name, key: keyOf(roster, name) }))
  const round = surveyContext({ survey, attempt: 1, members })
  checkSize(packedBytes(round.values, ringBits(members.length)))
  const signed: SignedSurvey = { document: survey, signatures: [signDocument(survey, context.key)] }
  await database.transaction().execute(async transaction => {
    await transaction
      .insertInto('survey')
      .values({
        id: survey.id,
        idempotency_key: asked.idempotencyKey,
        dataset: survey.dataset,
        signed: JSON.stringify(signed),
        state: 'open',
        reason: '',
        members: '[]',
        refusals: '[]',
        answers: '[]',
        created: context.now().toISOString(),
        ended: null,
      })
      .execute()
    await openAttempt(transaction, round, context.now().getTime() + survey.withinMs)
    const body = { survey: survey.id, dataset: survey.dataset, members: members.map(({ name }) => name) }
    await appendEvent(context, transaction, { kind: 'survey-started', body })
  })
  context.waiting.announce('tasks')
  context.pursue(survey.id)
  return await readSurvey(database, survey.id)
}

/** The agreement in force, of the roster in force. */
async function readTerms({
  database,
}: Pick<HubContext, 'database'>): Promise<{ roster: Roster; agreement: Agreement }> {
  const roster = (await readRoster(database)).inForce?.document
  if (!roster) {
    throw new Refusal('roster-unsigned', 'No roster is in force yet', {
      hint: 'Every member compares fingerprints (`consort roster show`) and signs (`consort roster sign`).',
    })
  }
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
async function presentHolders(
  { database, now }: Pick<HubContext, 'database' | 'now'>,
  dataset: string,
): Promise<MemberWithCard[]> {
  const members = await membersWithCards(database, dataset, now())
  const present = members.filter(
    ({ role, online, card }) => role === 'partner' && online && (card?.trainExamples ?? 0) > 0,
  )
  if (present.length >= membersMin) return present
  const there = present.length === 0 ? 'nobody' : present.map(({ name }) => name).join(', ')
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

export function keyOf({ members }: Roster, name: string) {
  const member = members.find(known => known.name === name && known.role === 'partner')
  if (member) return member.key
  throw new Refusal('roster-unsigned', `${name} is no partner of the roster in force`, {
    hint: 'Have the roster signed by all members again.',
  })
}

function checkSize(bytes: number): void {
  if (bytes <= chunkBytes) return
  throw new Refusal('too-large', `Masked answers would take ${bytes} bytes, and ${chunkBytes} are the most`, {
    hint: 'Ask in several surveys.',
  })
}
