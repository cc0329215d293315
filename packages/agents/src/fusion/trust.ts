import { type Belief, hearChoice, posteriorOf, startBelief } from './belief.ts'
import type { Expertise, PastChoices } from './expertise.ts'

/** Between nothing and twice as much as if all were independent. */
const trustMax = 2
const steps = 30
const golden = (Math.sqrt(5) - 1) / 2

/**
 * How much a choice counts beside the model: it multiplies the belief by P(choice | label)^trust, with the trust whose
 * posteriors after one choice have the least Brier score on past cases, each of their choices being as likely as the
 * next. What misleads the model misleads people too, so that with trust 1 both together are too sure; a likelihood
 * raised to a power is the remedy where the data do not follow the model (Bissiri, Holmes, Walker 2016). By the Brier
 * score and not by the likelihood, which a few cases would decide that everybody gets wrong. Found by golden section,
 * to 10⁻⁶.
 */
export function fitTrust(expertise: Expertise, past: PastChoices): Expertise {
  const { classes, labels, probabilities } = past
  const starts = Array.from(labels, (_, record) =>
    startBelief(
      expertise,
      Float64Array.from({ length: classes }, (_, k) => probabilities[record * classes + k]!),
    ),
  )
  const scoreOf = (trust: number): number => brierScore({ ...expertise, trust }, past, starts)
  let [low, high] = [0, trustMax]
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)]
  let [atLeft, atRight] = [scoreOf(left), scoreOf(right)]
  for (let step = 0; step < steps; step++) {
    if (atLeft <= atRight) {
      ;[high, right, atRight] = [right, left, atLeft]
      left = high - golden * (high - low)
      atLeft = scoreOf(left)
    } else {
      ;[low, left, atLeft] = [left, right, atRight]
      right = low + golden * (high - low)
      atRight = scoreOf(right)
    }
  }
  return { ...expertise, trust: (low + high) / 2 }
}

/**
 * Of posteriors after one choice, from what was believed before: the mean of Σ (p − 1[label])² over the cases that have
 * choices; 0 without any.
 */
function brierScore(
  expertise: Expertise,
  { counts, labels, classes }: PastChoices,
  starts: readonly Belief[],
): number {
  let [sum, cases] = [0, 0]
  for (const [record, start] of starts.entries()) {
    let [score, choices] = [0, 0]
    for (let choice = 0; choice < classes; choice++) {
      const count = counts[record * classes + choice]!
      if (count === 0) continue
      const posterior = posteriorOf(expertise, hearChoice(expertise, start, choice))
      const squares = posterior.reduce((total, share) => total + share * share, 0)
      score += count * (squares + 1 - 2 * posterior[labels[record]!]!)
      choices += count
    }
    if (choices === 0) continue
    sum += score / choices
    cases++
  }
  return cases === 0 ? 0 : sum / cases
}
