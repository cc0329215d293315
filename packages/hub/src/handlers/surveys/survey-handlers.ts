import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { startSurvey } from '../../surveys/start-survey.ts'
import { readSurvey, surveyRecordOf, surveyView } from '../../surveys/survey-record.ts'

export function createSurvey(context: HubContext): Handler<typeof hubEndpoints.createSurvey, HubCallers> {
  return async ({ body }) => surveyView(await startSurvey(context, body))
}

export function listSurveys({ database }: HubContext): Handler<typeof hubEndpoints.listSurveys, HubCallers> {
  return async () => {
    const rows = await database.selectFrom('survey').selectAll().orderBy('created', 'desc').execute()
    return { surveys: rows.map(row => surveyView(surveyRecordOf(row))) }
  }
}

export function getSurvey(context: HubContext): Handler<typeof hubEndpoints.getSurvey, HubCallers> {
  return async ({ params: { survey: id }, query: { wait } }) => {
    const until = performance.now() + wait * 1000
    for (;;) {
      const record = await readSurvey(context.database, id)
      const left = until - performance.now()
      const isOver = record.state !== 'open' || left <= 0
      if (isOver || !(await context.waiting.wait(`survey ${id}`, left))) return surveyView(record)
    }
  }
}
