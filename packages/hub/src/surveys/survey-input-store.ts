import { type Id, type Manifest, manifestSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const manifests = jsonColumn('survey_input.manifest', manifestSchema)

/** An attempt at the sum of a survey. */
export interface SurveyAttempt {
  readonly survey: Id<'survey'>
  readonly attempt: number
}

/** Writes down what a member's masked answers will be; the first word in an attempt stays. */
export async function announceInput(
  database: HubDatabase,
  { survey, attempt }: SurveyAttempt,
  { member, manifest }: { member: string; manifest: Manifest },
): Promise<void> {
  await database
    .insertInto('survey_input')
    .values({ survey, attempt, member, manifest: manifests.write(manifest) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Lists what these members announced in an attempt, each by its name. */
export async function inputsOf(
  database: HubDatabase,
  { survey, attempt }: SurveyAttempt,
  members: readonly string[],
): Promise<ReadonlyMap<string, Manifest>> {
  if (members.length === 0) return new Map()
  const rows = await database
    .selectFrom('survey_input')
    .select(['member', 'manifest'])
    .where('survey', '=', survey)
    .where('attempt', '=', attempt)
    .where('member', 'in', [...members])
    .execute()
  return new Map(rows.map(({ member, manifest }) => [member, manifests.read(manifest)]))
}

/** Forgets what was announced for a survey. */
export async function deleteInputs(transaction: HubTransaction, survey: Id<'survey'>): Promise<void> {
  await transaction.deleteFrom('survey_input').where('survey', '=', survey).execute()
}
