import type { SurveyView } from '@consort/protocol'
import type { SurveyRecord } from './survey-store.ts'

/** Shows a survey as its readers see it. */
export function surveyView(record: SurveyRecord): SurveyView {
  const { id, survey, state, reason, created, ended, refusals } = record
  const { dataset } = survey
  const members = [...record.members]
  const answers = [...record.answers]
  return { id, dataset, state, reason, created, ended, survey, members, refusals, answers }
}
