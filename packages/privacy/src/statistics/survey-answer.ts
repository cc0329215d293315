import {
  type Question,
  Refusal,
  type Survey,
  type SurveyAnswer,
  statisticsCountMin,
  surveyPartnersMin,
} from '@consort/protocol'
import { answerQuestion, type ColumnCell } from './answer.ts'
import type { DiscreteNoise } from './categories.ts'
import { type DigitLayout, digitCount, joinDigits, splitDigits } from './digits.ts'
import { decodeHistogram, joinSmallBins, quantileOf } from './histogram.ts'
import { decodeMoments } from './moments.ts'
import { addNoise, noiseMargin, releaseNoised } from './noised-counts.ts'
import { answerBounds } from './question.ts'

/** What of a survey decides how its answers look. */
export type SurveyRules = Pick<Survey, 'questions' | 'rowsMax' | 'epsilon' | 'delta'>

/** Inputs of a secure sum have 16 bits. */
const digitBits = 16

/**
 * How many 16-bit numbers an answer to all questions has. Throws `input-invalid` where the sum over so many partners
 * might not be exact, and for questions about buckets, whose key partners have no way yet to keep from the hub.
 */
export function surveyLength(rules: SurveyRules, partners: number): number {
  return digitCount(layoutOf(rules, partners))
}

/**
 * One partner's answers, for a secure sum: 16-bit numbers, as many as `surveyLength`. Exact questions about fields with
 * fewer than `statisticsCountMin` recorded values are answered with zeros, as if nothing were recorded; counts of
 * categories carry noise of this partner's own. Throws as `answerQuestion` does.
 */
export function answerSurvey(
  rules: SurveyRules,
  {
    columnOf,
    noise,
    partners,
  }: {
    columnOf: (field: string) => readonly ColumnCell[]
    noise: DiscreteNoise
    partners: number
  },
): number[] {
  const { questions, rowsMax, epsilon } = rules
  const values = questions.flatMap(question => {
    const column = columnOf(question.field)
    const answer = answerQuestion(question, column, { rowsMax, partners })
    if (question.kind === 'candidates') return [1, ...addNoise(answer, { epsilon, rowsMax, noise })]
    const recorded = column.reduce<number>((total, cell) => total + (cell === null ? 0 : 1), 0)
    return recorded < statisticsCountMin ? [0, ...answer.map(() => 0)] : [1, ...answer]
  })
  return splitDigits(values, layoutOf(rules, partners))
}

/**
 * What the sums of all answers say, question by question; `partners` is how many are in the sums. Where fewer than
 * `surveyPartnersMin` had enough values, the answer is withheld, so that every exact count is over 3 · 10 records or
 * more. Throws `input-invalid` for what no answers add up to.
 */
export function decodeSurvey(
  rules: SurveyRules,
  sums: readonly number[],
  { partners }: { partners: number },
): SurveyAnswer[] {
  const values = joinDigits(sums, layoutOf(rules, partners))
  let at = 0
  return rules.questions.map(question => {
    const length = boundsOf(question, rules, partners).length
    const [answered, ...sum] = values.slice(at, at + length)
    at += length
    return decodeAnswer(question, { answered: answered!, sum }, rules, partners)
  })
}

function decodeAnswer(
  question: Question,
  { answered, sum }: { answered: number; sum: number[] },
  { rowsMax, epsilon, delta }: SurveyRules,
  partners: number,
): SurveyAnswer {
  const { field } = question
  if (answered > partners) throw noSum(field)
  const told = { field, partners: answered }
  if (answered < surveyPartnersMin) return { kind: 'withheld', ...told }
  switch (question.kind) {
    case 'moments': {
      const limits = { rowsMax, partners: answered }
      const { count, clipped, mean, variance, error } = decodeMoments(question, sum, limits)
      if (mean === null || variance === null) throw noSum(field)
      return { kind: 'moments', ...told, count, clipped, mean, deviation: Math.sqrt(variance), error }
    }
    case 'histogram': {
      const exact = decodeHistogram(question, sum, { rowsMax, partners: answered })
      const { count, edges, counts } = joinSmallBins(exact, statisticsCountMin)
      const quantiles = quantileShares.flatMap(share => {
        const quantile = quantileOf({ count, edges, counts }, share)
        return quantile ? [{ share, ...quantile }] : []
      })
      return { kind: 'histogram', ...told, count, edges: [...edges], counts: [...counts], quantiles }
    }
    case 'candidates': {
      const limits = { rowsMax, partners }
      const { threshold, released } = releaseNoised(question, sum, { epsilon, delta, limits })
      return { kind: 'candidates', ...told, threshold, released: [...released] }
    }
    case 'buckets':
      throw withoutKey(field)
  }
}

const quantileShares = [0.05, 0.25, 0.5, 0.75, 0.95]

function layoutOf(rules: SurveyRules, partners: number): DigitLayout {
  const bounds = rules.questions.flatMap(question => boundsOf(question, rules, partners))
  return { bounds, bits: digitBits }
}

/** One number that says whether the partner answers at all, then the answer. */
function boundsOf(question: Question, { rowsMax, epsilon }: SurveyRules, partners: number): number[] {
  if (question.kind === 'buckets') throw withoutKey(question.field)
  const margin = question.kind === 'candidates' ? 2 * noiseMargin(epsilon) : 0
  return [1, ...answerBounds(question, { rowsMax, partners }).map(bound => bound + margin)]
}

function noSum(field: string): Refusal {
  return new Refusal('input-invalid', `This is no sum of answers to the question about ${field}`, {
    path: field,
  })
}

function withoutKey(field: string): Refusal {
  return new Refusal('input-invalid', `A survey cannot ask for the buckets of ${field}`, {
    path: field,
    hint: 'Partners have no key yet that the hub does not know. Name candidates.',
  })
}
