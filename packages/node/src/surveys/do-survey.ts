import { surveyContext } from '@consort/federation'
import { checkContext, type RoundContext, updateOfIntegers } from '@consort/privacy'
import {
  hubEndpoints,
  type Id,
  isRefusal,
  type Manifest,
  Refusal,
  type SurveyRequest,
} from '@consort/protocol'
import { appendEvent, isDatabaseAway } from '@consort/storage'
import type { Enrolment } from '../enrolment.ts'
import { createReference, failureDetails, taskFailureOf } from '../hub/failure.ts'
import { isHubAway, retry } from '../hub/retry.ts'
import { forgetWork } from '../sums/forget-work.ts'
import { joinSum, type SumTransport } from '../sums/join-sum.ts'
import { statesOfRun } from '../sums/sum-store.ts'
import { reachedBy } from '../tables/kept-sum.ts'
import { type AcceptedSurvey, acceptSurvey } from './accept-survey.ts'
import { checkSurvivors } from './check-repeats.ts'
import type { SurveyContext } from './context.ts'

/** How long a refusal may take to reach the hub. */
const refusalWithinMs = 60_000

/** Answers a survey, or tells the hub that this node stays out of it; why stands in this node's log. */
export async function doSurvey(
  context: SurveyContext,
  request: SurveyRequest,
  signal: AbortSignal,
): Promise<void> {
  const { id } = request.signed.document
  try {
    const accepted = await acceptSurvey(context, request)
    const manifest = await context.answer(accepted, signal)
    await joinSum(context, transportOf(context, accepted, manifest, signal), signal)
  } catch (error) {
    if (signal.aborted) throw error
    if (isRefusal(error, 'task-closed')) return await leave(context, id)
    if (isHubAway(error) || isDatabaseAway(error)) throw error // the hub offers the survey again
    await stayOut(context, request, error, signal)
  }
}

function transportOf(
  context: SurveyContext,
  accepted: AcceptedSurvey,
  manifest: Manifest,
  signal: AbortSignal,
): SumTransport {
  const { call, database, blobs } = context
  const { survey } = accepted
  const { withinMs } = survey
  const params = { survey: survey.id }
  return {
    work: survey.id,
    run: survey.id,
    withinMs,
    context: async () => contextOf(context, accepted),
    send: body => call(hubEndpoints.sendSurveyMessage, { params, body }, { signal }),
    receive: async ({ kind: after, context: digest }, { waitSeconds: wait, timeoutMs }) => {
      const asked = { params, query: { context: digest, after, wait } }
      const { message } = await call(hubEndpoints.getSurveyMessage, asked, { signal, timeoutMs })
      return message
    },
    checkSurvivors: survivors => checkSurvivors(database, { survey, survivors }),
    update: async () => {
      const chunks = await Promise.all(manifest.chunks.map(({ digest }) => blobs.get(survey.id, digest)))
      const file = Uint8Array.from(Buffer.concat(chunks))
      return updateOfIntegers([...new Uint16Array(file.buffer)])
    },
    upload: ({ chunks: [masked] }) =>
      retry(
        async () => {
          const body = await blobs.get(survey.id, masked!.digest)
          await call(hubEndpoints.putSurveyInput, { params, body }, { signal, timeoutMs: inputTimeoutMs })
        },
        { signal, withinMs },
      ),
  }
}

/** A chunk of 4 MiB over 0.3 Mbit/s. */
const inputTimeoutMs = 120_000

/** Keys are those of the roster that this node countersigned; who takes part is the hub's word. */
function contextOf(
  { enrolment }: { readonly enrolment: Enrolment },
  { survey, attempt, members, roster }: AcceptedSurvey,
): RoundContext {
  const keyed = members.map(name => {
    const member = roster.members.find(known => known.name === name && known.role === 'partner')
    if (member) return { name, key: member.key }
    throw new Refusal('roster-altered', `${name} is no partner in the roster that all have signed`)
  })
  const made = surveyContext({ survey, attempt, members: keyed })
  checkContext(made)
  if (members.includes(enrolment.name)) return made
  throw new Refusal('roster-altered', 'The hub asks this node a survey, but leaves it out of the sum')
}

/** The answers are kept for another attempt, until this node has helped to open a sum of them. */
async function leave(context: SurveyContext, survey: Id<'survey'>): Promise<void> {
  const states = await statesOfRun(context.database, survey)
  if (states.some(state => reachedBy(state) === 'unmasked')) await forgetWork(context, survey)
  context.log.info({ survey, stage: states.at(-1)?.stage }, 'survey-left')
}

async function stayOut(
  context: SurveyContext,
  { signed }: SurveyRequest,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { id } = signed.document
  const code = taskFailureOf(error)
  const reference = createReference()
  const details = failureDetails(error)
  context.log.error({ survey: id, code, reference, ...details }, 'survey-refused')
  await context.database
    .transaction()
    .execute(transaction =>
      appendEvent(context, transaction, { kind: 'survey-refused', body: { survey: id, code, reference } }),
    )
  await retry(
    () =>
      context.call(
        hubEndpoints.refuseSurvey,
        { params: { survey: id }, body: { code, reference } },
        { signal },
      ),
    { signal, withinMs: refusalWithinMs },
  )
}
