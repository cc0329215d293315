import { checkSurvey } from '@consort/agreements'
import {
  type Caller,
  canonicalJson,
  documentSignatureHolds,
  type KeyPair,
  Refusal,
  type Roster,
  type Survey,
  type SurveyRequest,
  type TableSchema,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import { findCurrent, type RegisteredDataset } from '../datasets/dataset-store.ts'
import type { Enrolment } from '../enrolment.ts'
import { agreementFor, latestAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'
import type { Policy, PolicyFile } from '../policy/policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** A survey that this node may answer. */
export interface AcceptedSurvey {
  readonly survey: Survey
  readonly attempt: number
  /** The hub's word for among whom the answers are summed. */
  readonly members: readonly string[]
  readonly roster: Roster
  readonly policy: Policy
  readonly row: RegisteredDataset
  /** What the records were mapped to: the agreed schema. */
  readonly schema: TableSchema
}

interface AcceptContext {
  readonly database: Kysely<NodeTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly policy: Pick<PolicyFile, 'read'>
  readonly now: () => Date
}

/**
 * The site rules for surveys: signed by the pinned hub, under a roster and an agreement that this node has checked and
 * that cover the questions, within the policy of this site, about records that are registered under the agreed schema.
 * Throws the refusal of the first that does not hold.
 */
export async function acceptSurvey(
  context: AcceptContext,
  { signed, attempt, members }: SurveyRequest,
): Promise<AcceptedSurvey> {
  const { enrolment } = context
  const survey = signed.document
  const byHub = signed.signatures.find(signature => signature.key === enrolment.hubKey)
  if (!byHub || !documentSignatureHolds(survey, byHub)) {
    throw new Refusal('signature-invalid', 'The survey is not signed by the hub that this node enrolled with')
  }
  const roster = (await rosterFor(context, survey.roster)).document
  if (!roster.members.some(member => member.id === enrolment.member)) {
    throw new Refusal('roster-altered', 'The roster of the survey does not list this node')
  }
  const agreement = (await agreementFor(context, survey))!
  checkSurvey(agreement, survey)
  const latest = await latestAgreement(context)
  if (latest) checkSurvey(latest, survey) // it may have been amended since the survey began
  const policy = context.policy.read()
  if (!policy.work.survey) {
    throw new Refusal('policy-refused', 'This node answers no surveys', {
      hint: 'The owner of this node decides: see its policy file.',
    })
  }
  const row = await findCurrent(context.database, survey.dataset)
  const schema = agreement.data.find(({ dataset }) => dataset === survey.dataset)
  if (row?.schema && canonicalJson(row.schema) === canonicalJson(schema))
    return { survey, attempt, members, roster, policy, row, schema: row.schema }
  throw new Refusal(
    row ? 'data-mismatch' : 'not-found',
    row
      ? `${survey.dataset} was not registered under the schema of the agreement in force`
      : `No data set is registered here as ${survey.dataset}`,
    { hint: `Run \`consort dataset add ${survey.dataset} --csv FILE --mapping FILE\`.` },
  )
}
