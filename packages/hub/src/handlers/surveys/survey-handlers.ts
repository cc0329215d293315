import type { HubHandler } from '../../callers.ts'
import { startSurvey } from '../../surveys/start-survey.ts'
import { readSurvey, listSurveys as readSurveys } from '../../surveys/survey-store.ts'
import { surveyView } from '../../surveys/survey-view.ts'
import type { SurveysContext } from './context.ts'

/** Asks all partners about their records, or shows the survey that was started with the same key. */
export function createSurvey(context: Omit<SurveysContext, 'blobs'>): HubHandler<'createSurvey'> {
  return async ({ body }) => surveyView(await startSurvey(context, body))
}

/** Lists all surveys, the newest first. */
export function listSurveys({ database }: Pick<SurveysContext, 'database'>): HubHandler<'listSurveys'> {
  return async () => ({ surveys: (await readSurveys(database)).map(surveyView) })
}

/** Shows a survey, once it has ended or the wait is over. */
export function getSurvey({
  database,
  waiting,
}: Pick<SurveysContext, 'database' | 'waiting'>): HubHandler<'getSurvey'> {
  return async ({ params: { survey: id }, query: { wait } }) => {
    const look = async () => {
      const record = await readSurvey(database, id)
      return record.state === 'open' ? undefined : record
    }
    const ended = await waiting.until([id], look, { seconds: wait })
    return surveyView(ended ?? (await readSurvey(database, id)))
  }
}
