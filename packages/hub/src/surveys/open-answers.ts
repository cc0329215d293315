import { createMaskedSum, decodeSurvey, type Opened } from '@consort/privacy'
import type { Manifest, Survey, SurveyAnswer } from '@consort/protocol'
import type { HubContext } from '../context.ts'
import { inputScope } from './survey-record.ts'

/**
 * What the sum of all survivors' masked answers says. Throws `update-shape` and `input-invalid` when somebody has handed in
 * something else than answers: who it was cannot be seen.
 */
export async function openAnswers(
  { database, blobs }: HubContext,
  survey: Survey,
  opened: Opened,
): Promise<SurveyAnswer[]> {
  const { context, survivors } = opened
  const inputs = await database
    .selectFrom('survey_input')
    .select('manifest')
    .where('survey', '=', survey.id)
    .where('attempt', '=', context.attempt)
    .where('member', 'in', survivors)
    .execute()
  const sum = createMaskedSum(context)
  for (const { manifest } of inputs) {
    const [chunk] = (JSON.parse(manifest) as Manifest).chunks
    sum.add(await blobs.get(inputScope(survey.id), chunk!.digest), 0)
  }
  sum.unmask(opened)
  return decodeSurvey(survey, [...sum.sums(0, context.values)], { partners: survivors.length })
}
