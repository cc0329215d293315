import { applyTemperature, fitTemperature } from '@consort/agents'
import {
  applyPool,
  type Expertise,
  fitConfusions,
  fitExpertise,
  fitPool,
  fitTrust,
  gainOfAsking,
  hearChoice,
  type PastChoices,
  posteriorOf,
  startBelief,
} from '@consort/agents/fusion'
import { classes } from '../guarantee/cifar-files.ts'
import { type Material, rowsOf, type Split } from './split.ts'

/** A rule that asks people one by one: what it starts from, and when it stops. */
export interface AskingRule {
  readonly name: string
  /** How many of the models' opinions it uses. */
  readonly models: number
  /**
   * Whether it fits one temperature and one confusion matrix, also how far choices are trusted, or the pool and several
   * sorts of cases.
   */
  readonly fit: 'plain' | 'trust' | 'sorts'
  /** It asks on while this exceeds its threshold. */
  readonly doubt: (expertise: Expertise, belief: Float64Array) => number
  /** Of the cases about which nobody is asked, the share that one person is asked about all the same. */
  readonly audited: number
}

const notSure = (expertise: Expertise, belief: Float64Array): number =>
  1 - posteriorOf(expertise, belief).reduce((most, value) => Math.max(most, value), 0)

export const shareAudited = 0.002

export const askingRules = {
  plain: { name: 'ask until the posterior passes t', models: 1, fit: 'plain', doubt: notSure, audited: 0 },
  ours: {
    name: 'the same, after a second model, choices counting as far as they are trusted',
    ...{ models: 2, fit: 'trust', doubt: notSure, audited: shareAudited },
  },
  'two models, trusted fully': {
    name: 'the same, after a second model',
    ...{ models: 2, fit: 'plain', doubt: notSure, audited: shareAudited },
  },
  'one model, trusted in part': {
    name: 'the same, choices counting as far as they are trusted',
    ...{ models: 1, fit: 'trust', doubt: notSure, audited: shareAudited },
  },
  'two models, sorts of cases': {
    name: 'ask while a choice is worth it, with sorts of cases, after a second model',
    ...{ models: 2, fit: 'sorts', doubt: gainOfAsking, audited: shareAudited },
  },
  'one model, sorts of cases': {
    name: 'ask while a choice is worth it, with sorts of cases',
    ...{ models: 1, fit: 'sorts', doubt: gainOfAsking, audited: shareAudited },
  },
} satisfies Record<string, AskingRule>

/** Doubts at which a rule may stop, from the loosest. */
export const thresholds = Array.from({ length: 130 }, (_, step) => 0.5 * Math.exp(-0.05 * step))
const choicesMax = 10

/** Labels an item and the share of right answers, for each threshold. */
export interface Curve {
  readonly labels: Float64Array
  readonly right: Float64Array
}

/** What a rule has fitted on the calibration images of a split. */
export interface FittedRule {
  readonly rule: AskingRule
  readonly expertise: Expertise
  /** Calibrated probabilities of some images. */
  probabilitiesOf(chosen: Int32Array): Float64Array
}

export function fitRule(rule: AskingRule, material: Material, { calibration }: Split): FittedRule {
  const opinionsOf = (chosen: Int32Array) =>
    material.opinions.slice(0, rule.models).map(opinion => rowsOf(opinion, chosen))
  const labels = Uint8Array.from(calibration, image => material.labels[image]!)
  const opinions = opinionsOf(calibration)
  const probabilitiesOf = calibratorOf(rule, opinions, labels)
  const past = {
    ...{ counts: rowsOf(material.counts, calibration), labels, classes },
    probabilities: probabilitiesOf(opinions),
  }
  const expertise = expertiseOf(rule, past)
  return { rule, expertise, probabilitiesOf: chosen => probabilitiesOf(opinionsOf(chosen)) }
}

function expertiseOf({ fit }: AskingRule, past: PastChoices): Expertise {
  if (fit === 'sorts') return fitExpertise(past)
  const confusions = fitConfusions(past)
  return fit === 'trust' ? fitTrust(confusions, past) : confusions
}

/** One temperature for one model in the plain rule; pools for all else. */
function calibratorOf({ fit, models }: AskingRule, opinions: Float64Array[], labels: Uint8Array) {
  if (fit === 'plain' && models === 1) {
    const { temperature } = fitTemperature({ logits: opinions[0]!, classes }, labels)
    return (some: Float64Array[]) => applyTemperature({ logits: some[0]!, classes }, temperature)
  }
  const pool = fitPool({ opinions, classes }, labels)
  return (some: Float64Array[]) => applyPool({ opinions: some, classes }, pool)
}

/**
 * Follows each image until the doubt is below the last threshold, and reads off what each threshold would have done.
 */
export function curveOf(
  { rule, expertise, probabilitiesOf }: FittedRule,
  chosen: Int32Array,
  { labels: truth }: Material,
  { choices, uniform }: Split,
): Curve {
  const labels = new Float64Array(thresholds.length)
  const right = new Float64Array(thresholds.length)
  const probabilities = probabilitiesOf(chosen)
  for (const [row, image] of chosen.entries()) {
    const isAudited = uniform() < rule.audited
    const start = startBelief(expertise, probabilities.subarray(row * classes, (row + 1) * classes))
    const isRight = [answerOf(expertise, start) === truth[image]]
    let [belief, asked, doubt] = [start, 0, rule.doubt(expertise, start)]
    const ask = (): void => {
      belief = hearChoice(expertise, belief, choices[image]![asked]!)
      asked++
      isRight.push(answerOf(expertise, belief) === truth[image])
      doubt = rule.doubt(expertise, belief)
    }
    for (const [step, threshold] of thresholds.entries()) {
      while (doubt > threshold && asked < choicesMax) ask()
      if (asked === 0 && isAudited) {
        // Reads the audit's choice without asking on from it: at a later threshold it is an ordinary one.
        const heard = hearChoice(expertise, belief, choices[image]![0]!)
        labels[step]! += 1 / chosen.length
        if (answerOf(expertise, heard) === truth[image]) right[step]! += 1 / chosen.length
        continue
      }
      labels[step]! += asked / chosen.length
      if (isRight[asked]) right[step]! += 1 / chosen.length
    }
  }
  return { labels, right }
}

function answerOf(expertise: Expertise, belief: Float64Array): number {
  const posterior = posteriorOf(expertise, belief)
  return posterior.indexOf(posterior.reduce((most, value) => Math.max(most, value), 0))
}

/**
 * Labels an item at which a curve first reaches an accuracy, between two thresholds in a straight line; NaN if never.
 */
export function labelsAt({ labels, right }: Curve, accuracy: number): number {
  const step = right.findIndex(share => share >= accuracy)
  if (step < 1) return Number.NaN
  const part = (accuracy - right[step - 1]!) / (right[step]! - right[step - 1]!)
  return labels[step - 1]! + part * (labels[step]! - labels[step - 1]!)
}
