import { createMaskedSum, decodeSurvey, type Opened } from '@consort/privacy'
import type { Survey, SurveyAnswer } from '@consort/protocol'
import type { SurveyContext } from './context.ts'
import { inputsOf } from './survey-input-store.ts'
import { inputScope } from './survey-store.ts'

/**
 * Reads what the sum of all survivors' masked answers says. Throws `update-shape` and `input-invalid` when somebody has
 * handed in something else than answers: who it was cannot be seen.
 */
export async function openAnswers(
  { database, blobs }: Pick<SurveyContext, 'database' | 'blobs'>,
  survey: Survey,
  opened: Opened,
): Promise<SurveyAnswer[]> {
  const { context, survivors } = opened
  const inputs = await inputsOf(database, { survey: survey.id, attempt: context.attempt }, survivors)
  const sum = createMaskedSum(context)
  for (const { chunks } of inputs.values()) {
    const [chunk] = chunks
    sum.add(await blobs.get(inputScope(survey.id), chunk!.digest), 0)
  }
  sum.unmask(opened)
  return decodeSurvey(survey, [...sum.sums(0, context.values)], { partners: survivors.length })
}
