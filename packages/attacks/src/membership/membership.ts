import { chanceAtLeast } from '../binomial.ts'
import { type Guessing, guessExtremes } from '../guessing.ts'
import type { TrainedHalves } from './membership-models.ts'

/** For each record, how much the attacked model speaks for its having been in the training; only the order counts. */
export type MembershipScores = (halves: TrainedHalves, attacked: number) => Float64Array

/** Yeom et al. 2018, section 3.2: what was trained on has a smaller loss. Needs nothing but the model's answers. */
export const byLoss: MembershipScores = ({ confidences }, attacked) => confidences[attacked]!.map(Math.log)

/**
 * The likelihood ratio of Carlini et al. 2022 (section V), online, with one variance for all records, since the other
 * models, which serve as shadows, are few: log N(φ; μ_in, σ²_in) − log N(φ; μ_out, σ²_out) of φ = log(p/(1 − p)).
 */
export const byLikelihoodRatio: MembershipScores = ({ isIn, confidences }, attacked) => {
  const shadows = [...isIn.keys()].filter(model => model !== attacked)
  const means = [true, false].map(side =>
    confidences[attacked]!.map((_, record) =>
      mean(
        shadows
          .filter(model => isIn[model]![record] === side)
          .map(model => logit(confidences[model]![record]!)),
      ),
    ),
  )
  const variances = [true, false].map((side, index) =>
    mean(
      shadows.flatMap(model =>
        [...confidences[model]!]
          .map((confidence, record) => (logit(confidence) - means[index]![record]!) ** 2)
          .filter((_, record) => isIn[model]![record] === side),
      ),
    ),
  )
  const logDensity = (value: number, record: number, side: 0 | 1): number =>
    -((value - means[side]![record]!) ** 2) / (2 * variances[side]!) - Math.log(variances[side]!) / 2
  return confidences[attacked]!.map((confidence, record) => {
    const value = logit(confidence)
    const ratio = logDensity(value, record, 0) - logDensity(value, record, 1)
    return Number.isNaN(ratio) ? 0 : ratio // no shadow had it, or all had
  })
}

/** Attacks every model in turn with the others as shadows, and guesses `share` of the records. */
export function guessMembers(
  halves: TrainedHalves,
  { scores, share = 1 }: { scores: MembershipScores; share?: number },
): Guessing {
  const each = halves.isIn.map((isIn, attacked) =>
    guessExtremes(scores(halves, attacked), { isIn, guesses: Math.floor(isIn.length * share) }),
  )
  const total = (of: keyof Guessing): number => each.reduce((sum, guessing) => sum + guessing[of], 0)
  return { canaries: total('canaries'), guesses: total('guesses'), right: total('right') }
}

/**
 * The attacker's advantage, 2·P(right) − 1 = true less false positive rate of members: as seen, and what it is at least
 * with 95 % confidence.
 */
export function advantageOf({ guesses, right }: Guessing): { seen: number; atLeast: number } {
  const atLeast = chanceAtLeast(right, { trials: guesses, confidence: 0.95 })
  return { seen: (2 * right) / guesses - 1, atLeast: 2 * atLeast - 1 }
}

/**
 * What (ε, δ) leaves of it for any attacker: Humphries et al. 2023 (Investigating membership inference attacks under
 * data dependencies).
 */
export function advantageBound({ epsilon, delta }: { epsilon: number; delta: number }): number {
  return (Math.expm1(epsilon) + 2 * delta) / (Math.exp(epsilon) + 1)
}

/**
 * The chance that a member of the training has a higher score than another record (ties count half), mean over all
 * attacked models: 0.5 for guessing.
 */
export function areaUnderCurve(halves: TrainedHalves, scores: MembershipScores): number {
  return mean(
    halves.isIn.map((isIn, attacked) => {
      const found = scores(halves, attacked)
      const [members, others] = [true, false].map(side => found.filter((_, record) => isIn[record] === side))
      let wins = 0
      for (const member of members!)
        for (const other of others!) wins += member > other ? 1 : member === other ? 0.5 : 0
      return wins / (members!.length * others!.length)
    }),
  )
}

/** Confidences are kept off 0 and 1, where float32 has only a few steps left. */
function logit(confidence: number): number {
  const kept = Math.min(1 - 1e-6, Math.max(1e-6, confidence))
  return Math.log(kept / (1 - kept))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
