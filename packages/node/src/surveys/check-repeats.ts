import { exposuresOf } from '@consort/privacy'
import { type QuestionOf, Refusal, type Survey, statisticsCountMin } from '@consort/protocol'
import { statesOfRun } from '../sums/sum-store.ts'
import { survivorsOf } from '../tables/kept-sum.ts'
import type { NodeReader } from '../tables/node-tables.ts'
import { otherSurveys } from './survey-store.ts'

/** Which records a survey is asked about. */
export interface SurveyedRecords {
  readonly survey: Survey
  /** Keyed digest over all records. */
  readonly digest: string
  readonly records: number
}

/**
 * Exact answers can be subtracted from earlier ones. So a node answers about other records than before only when there
 * are at least `statisticsCountMin` more or fewer of them, and about the same records with the same bins only. Throws
 * `policy-refused`.
 */
export async function checkRepeats(
  database: NodeReader,
  { survey, digest, records }: SurveyedRecords,
): Promise<void> {
  const before = await otherSurveys(database, survey)
  const close = before.find(
    row => row.digest !== digest && Math.abs(row.records - records) < statisticsCountMin,
  )
  if (close) {
    throw new Refusal(
      'policy-refused',
      `A survey was answered about ${close.records} records of ${survey.dataset}, and there are ${records} now: the difference would be about few`,
      { hint: `Surveys can be answered again once ${statisticsCountMin} records more or less are there.` },
    )
  }
  const asked = before.filter(row => row.digest === digest).flatMap(row => histogramsOf(row.questions))
  const other = histogramsOf(survey.questions).find(({ field, edges }) =>
    asked.some(known => known.field === field && JSON.stringify(known.edges) !== JSON.stringify(edges)),
  )
  if (!other) return
  throw new Refusal('policy-refused', `A survey has asked for ${other.field} in other bins before`, {
    hint: 'Bins of two surveys together are narrower than those of either. Ask with the same edges.',
  })
}

function histogramsOf(questions: Survey['questions']): QuestionOf<'histogram'>[] {
  return questions.filter(question => question.kind === 'histogram')
}

/**
 * A node signs no list of survivors whose sum, with the sums of earlier surveys of the same data set, would show fewer
 * than three partners: answers do not drift from survey to survey as updates do from round to round. Sums whose list
 * this node has signed count as opened. Throws `policy-refused`.
 */
export async function checkSurvivors(
  database: NodeReader,
  { survey, survivors }: { survey: Survey; survivors: readonly string[] },
): Promise<void> {
  const opened: (readonly string[])[] = []
  for (const { id } of await otherSurveys(database, survey)) {
    for (const state of await statesOfRun(database, id)) {
      const signed = survivorsOf(state)
      if (signed) opened.push(signed)
    }
  }
  const sums = [...opened, survivors].map((names, index) => ({ round: index + 1, survivors: names }))
  const [exposed] = exposuresOf(sums)
  if (!exposed) return
  throw new Refusal(
    'policy-refused',
    `With earlier surveys of ${survey.dataset} the sum over ${survivors.join(', ')} would show answers of ${exposed.members.join(' and ')}`,
    { hint: 'Ask the same partners as before, or use what the earlier survey says.' },
  )
}
