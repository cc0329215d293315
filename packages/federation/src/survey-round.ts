import { integerClip, type RoundContext, surveyLength } from '@consort/privacy'
import { digestOfDocument, type PublicKey, type Survey } from '@consort/protocol'

export interface SurveyRound {
  readonly survey: Survey
  readonly attempt: number
  /** Keys from the countersigned roster. */
  readonly members: readonly { readonly name: string; readonly key: PublicKey }[]
}

/**
 * What the members of a survey's secure sum have to agree on, made by the hub and by each node. There is no model: the
 * survey's own digest stands for what the values are about. Everybody counts once, whatever its number of records.
 */
export function surveyContext({ survey, attempt, members }: SurveyRound): RoundContext {
  const digest = digestOfDocument(survey)
  return {
    kind: 'secure-aggregation',
    agreement: survey.agreement,
    run: survey.id,
    round: 1,
    attempt,
    model: digest,
    recipe: digest,
    roster: survey.roster,
    members: members
      .map(({ name, key }) => ({ name, key, weight: 1 }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    groups: null,
    values: surveyLength(survey, members.length),
    clip: integerClip,
    weightCap: 1,
  }
}
