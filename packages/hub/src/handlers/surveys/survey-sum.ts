import { packedBytes, ringBits } from '@consort/privacy'
import { digestOfManifest, digestSchema, type Id, type Manifest, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import type { Attempt } from '../../sums/attempt-store.ts'
import { isKnown, keepMessage, messageFor } from '../../sums/exchange.ts'
import { attemptOf, ownAttempt } from '../../surveys/own-survey.ts'
import { announceInput, inputsOf } from '../../surveys/survey-input-store.ts'
import { inputScope } from '../../surveys/survey-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { SurveysContext } from './context.ts'

/** Waits for what the hub says next in the secure sum of a survey. */
export function getSurveyMessage({
  database,
  waiting,
}: Pick<SurveysContext, 'database' | 'waiting'>): HubHandler<'getSurveyMessage'> {
  return async ({ params: { survey }, query: { context: digest, after, wait }, caller: { name } }) => {
    const look = async () => {
      const { state } = await attemptOf(database, name, { survey, digest })
      return messageFor(state, { after, name })
    }
    const message = await waiting.until([`aggregation ${survey}`], look, { seconds: wait })
    return { message: message ?? null }
  }
}

/** Takes what a member says in the secure sum of a survey. */
export function sendSurveyMessage(
  context: Pick<SurveysContext, 'database' | 'blobs' | 'pursue'>,
): HubHandler<'sendSurveyMessage'> {
  const { database } = context
  return async ({ params: { survey }, body: message, caller: { name } }) => {
    const attempt = await attemptOf(database, name, { survey, digest: message.context })
    if (await isKnown(database, attempt, message, name)) return
    if (message.kind === 'masked-input') await checkInput(context, attempt, message)
    await database.transaction().execute(transaction => keepMessage(transaction, attempt, message))
    context.pursue(survey)
  }
}

/**
 * Takes a member's masked answers, one vector in an attempt: it is written down what it will be before it is read.
 */
export function putSurveyInput({
  database,
  blobs,
}: Pick<SurveysContext, 'database' | 'blobs'>): HubHandler<'putSurveyInput'> {
  return async ({ params: { survey }, body, caller: { name: member } }) => {
    const { attempt } = await ownAttempt(database, member, survey)
    const { values, members } = attempt.state.context
    const bytes = packedBytes(values, ringBits(members.length))
    const chunk = { digest: digestSchema.parse(body.digest), bytes }
    const manifest: Manifest = { bytes, chunks: [chunk] }
    await announceInput(database, { survey, attempt: attempt.attempt }, { member, manifest })
    if (digestOfManifest(await inputOf(database, attempt, member)) !== digestOfManifest(manifest))
      throw new Refusal('state-conflict', 'Other masked answers were announced in this attempt')
    await blobs.put(inputScope(survey), chunk, body.stream)
  }
}

async function checkInput(
  { database, blobs }: Pick<SurveysContext, 'database' | 'blobs'>,
  attempt: Attempt<Id<'survey'>>,
  { member, digest }: { member: string; digest: string },
): Promise<void> {
  const manifest = await inputOf(database, attempt, member)
  if (digestOfManifest(manifest) !== digest)
    throw new Refusal('digest-mismatch', 'Other answers were sent than the ones that are signed')
  const chunk = manifest.chunks[0]!
  // Under this digest there may be what an earlier attempt brought, among more members: longer, and not the chunk.
  const isHere = (await blobs.size(inputScope(attempt.run), chunk.digest)) === chunk.bytes
  if (!isHere) throw new Refusal('state-conflict', 'The masked answers have not arrived')
}

async function inputOf(
  database: HubDatabase,
  { run: survey, attempt }: Attempt<Id<'survey'>>,
  member: string,
): Promise<Manifest> {
  const manifest = (await inputsOf(database, { survey, attempt }, [member])).get(member)
  if (manifest) return manifest
  throw new Refusal('state-conflict', 'The masked answers have not arrived', { hint: 'Send them first.' })
}
