import { packedBytes, ringBits } from '@consort/privacy'
import { digestOfManifest, type hubEndpoints, type Id, type Manifest, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import type { Attempt } from '../../sums/attempt.ts'
import { isKnown, keepMessage, messageFor } from '../../sums/exchange.ts'
import { changeSurvey, inputScope, readSurvey } from '../../surveys/survey-record.ts'
import { attemptOf, ownAttempt } from './own-survey.ts'

export function getSurveyMessage(
  context: HubContext,
): Handler<typeof hubEndpoints.getSurveyMessage, HubCallers> {
  return async ({ params: { survey }, query: { context: digest, after, wait }, caller }) => {
    const until = performance.now() + wait * 1000
    const member = caller
    for (;;) {
      const { state } = await attemptOf(context, member, { survey, digest })
      const message = messageFor(state, { after, name: member.name })
      if (message) return { message }
      const left = until - performance.now()
      if (left <= 0 || !(await context.waiting.wait(`aggregation ${survey}`, left))) return { message: null }
    }
  }
}

export function sendSurveyMessage(
  context: HubContext,
): Handler<typeof hubEndpoints.sendSurveyMessage, HubCallers> {
  return async ({ params: { survey }, body: message, caller }) => {
    const member = caller
    const attempt = await attemptOf(context, member, { survey, digest: message.context })
    if (await isKnown(context, attempt, message, member.name)) return
    if (message.kind === 'masked-input') await checkInput(context, attempt, message)
    await context.database.transaction().execute(transaction => keepMessage(transaction, attempt, message))
    context.pursue(survey)
  }
}

/** One vector a member and attempt: it is written down what it will be before it is read. */
export function putSurveyInput(context: HubContext): Handler<typeof hubEndpoints.putSurveyInput, HubCallers> {
  return async ({ params: { survey }, body, caller }) => {
    const { name: member } = caller
    const { attempt } = await ownAttempt(context, caller, survey)
    const { values, members } = attempt.state.context
    const bytes = packedBytes(values, ringBits(members.length))
    const chunk = { digest: body.digest as Manifest['chunks'][number]['digest'], bytes }
    const manifest: Manifest = { bytes, chunks: [chunk] }
    const row = { survey, attempt: attempt.attempt, member, manifest: JSON.stringify(manifest) }
    await context.database
      .insertInto('survey_input')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .execute()
    if (digestOfManifest(await manifestOfInput(context, attempt, member)) !== digestOfManifest(manifest))
      throw new Refusal('state-conflict', 'Other masked answers were announced in this attempt')
    await context.blobs.put(inputScope(survey), chunk, body.stream)
  }
}

async function checkInput(
  context: HubContext,
  attempt: Attempt,
  { member, digest }: { member: string; digest: string },
): Promise<void> {
  const manifest = await manifestOfInput(context, attempt, member)
  if (digestOfManifest(manifest) !== digest)
    throw new Refusal('digest-mismatch', 'Other answers were sent than the ones that are signed')
  const isHere = await context.blobs.has(inputScope(attempt.run as Id<'survey'>), manifest.chunks[0]!.digest)
  if (!isHere) throw new Refusal('state-conflict', 'The masked answers have not arrived')
}

async function manifestOfInput(
  { database }: HubContext,
  { run, attempt }: Attempt,
  member: string,
): Promise<Manifest> {
  const row = await database
    .selectFrom('survey_input')
    .select('manifest')
    .where('survey', '=', run)
    .where('attempt', '=', attempt)
    .where('member', '=', member)
    .executeTakeFirst()
  if (row) return JSON.parse(row.manifest)
  throw new Refusal('state-conflict', 'The masked answers have not arrived', { hint: 'Send them first.' })
}

/** Who stays out is not waited for, and not asked again. */
export function refuseSurvey(context: HubContext): Handler<typeof hubEndpoints.refuseSurvey, HubCallers> {
  return async ({ params: { survey }, body: failure, caller }) => {
    const { id, name } = caller
    await context.database.transaction().execute(async transaction => {
      const { refusals, state } = await readSurvey(transaction, survey)
      if (state !== 'open' || refusals.some(refusal => refusal.name === name)) return
      const all = [...refusals, { name, ...failure }].toSorted((a, b) => (a.name < b.name ? -1 : 1))
      await changeSurvey(transaction, survey, { refusals: all })
      await appendEvent(context, transaction, {
        kind: 'survey-refused',
        body: { survey, member: id, ...failure },
      })
    })
    context.pursue(survey)
  }
}
