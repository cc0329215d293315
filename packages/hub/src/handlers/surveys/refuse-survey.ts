import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { changeSurvey, readSurvey } from '../../surveys/survey-store.ts'
import type { SurveysContext } from './context.ts'

/** Notes that a member stays out of a survey: it is not waited for, and not asked again. */
export function refuseSurvey(
  context: Pick<SurveysContext, 'key' | 'database' | 'now' | 'pursue'>,
): HubHandler<'refuseSurvey'> {
  return async ({ params: { survey }, body: failure, caller: { id, name } }) => {
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
