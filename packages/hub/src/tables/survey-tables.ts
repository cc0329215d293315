import type { Id, Manifest, SignedSurvey, SurveyAnswer, SurveyView } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Read and written by `surveys/survey-store.ts` and `surveys/survey-input-store.ts` alone. */
export interface SurveyTables {
  /** Questions to all partners; `aggregation` has the attempts at their sums, `run` being the survey. */
  survey: {
    id: Id<'survey'>
    idempotency_key: string
    dataset: string
    signed: Json<SignedSurvey>
    state: SurveyView['state']
    reason: string
    /** Whose answers are in the sum. */
    members: Json<readonly string[]>
    refusals: Json<SurveyView['refusals']>
    answers: Json<readonly SurveyAnswer[]>
    created: string
    ended: string | null
  }
  /** Announced masked answers: one a member and attempt. */
  survey_input: { survey: Id<'survey'>; attempt: number; member: string; manifest: Json<Manifest> }
}
