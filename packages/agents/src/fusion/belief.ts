import assert from 'node:assert/strict'
import { type Expertise, groupAt } from './expertise.ts'

/** P(sort of case, class) after some choices, `[sort * classes + label]`; adds up to 1. */
export type Belief = Float64Array

/** What is believed before anybody was asked: the model's calibrated probabilities (k, adding up to 1). */
export function startBelief(
  { classes, surenessEdges, shares }: Expertise,
  probabilities: ArrayLike<number>,
): Belief {
  assert.equal(probabilities.length, classes)
  const sorts = shares[0]!.length
  const belief = new Float64Array(sorts * classes)
  let likeliest = 0
  for (let k = 1; k < classes; k++) if (probabilities[k]! > probabilities[likeliest]!) likeliest = k
  const sureness = probabilities[likeliest]!
  for (let k = 0; k < classes; k++) {
    const row = shares[groupAt(surenessEdges, { sureness, isLikeliest: k === likeliest })]!
    for (let sort = 0; sort < sorts; sort++) belief[sort * classes + k] = probabilities[k]! * row[sort]!
  }
  return belief
}

/** Bayes' rule for one person's choice, whose likelihood is raised to the power of the trust. */
export function hearChoice(expertise: Expertise, belief: Belief, choice: number): Belief {
  const { classes, confusions, trust } = expertise
  assert.ok(Number.isInteger(choice) && choice >= 0 && choice < classes)
  const next = new Float64Array(belief.length)
  let total = 0
  for (let index = 0; index < belief.length; index++) {
    const sort = Math.floor(index / classes)
    next[index] = belief[index]! * confusions[sort]![(index % classes) * classes + choice]! ** trust
    total += next[index]!
  }
  return next.map(value => value / total)
}

/** P(class): what the model and all people so far make of the case together. */
export function posteriorOf({ classes }: Expertise, belief: Belief): Float64Array {
  const posterior = new Float64Array(classes)
  for (let index = 0; index < belief.length; index++) posterior[index % classes]! += belief[index]!
  return posterior
}

/**
 * By how much P(right) is expected to rise for each further choice, when one or two people more are asked: the larger
 * of the two. One alone is short-sighted: where no single choice can change the answer it says that asking is worth
 * nothing, and two that agree could. In probability a choice, at least 0.
 */
export function gainOfAsking(expertise: Expertise, belief: Belief): number {
  const { classes, confusions, trust } = expertise
  const evidence = trust === 1 ? confusions : confusions.map(matrix => matrix.map(share => share ** trust))
  const now = Math.max(...posteriorOf(expertise, belief))
  const [chances, held] = [new Float64Array(belief.length), new Float64Array(belief.length)]
  const posterior = new Float64Array(classes)
  /**
   * P(choice after what was heard) · P(the likeliest label is right after it); `keep` remembers both for a second
   * choice.
   */
  const worthOf = (before: Float64Array, believed: Float64Array, choice: number, keep: boolean): number => {
    let [chance, total] = [0, 0]
    posterior.fill(0)
    for (let index = 0; index < belief.length; index++) {
      const label = index % classes
      const place = label * classes + choice
      const sort = (index - label) / classes
      const isHeard = before[index]! * confusions[sort]![place]!
      const isHeld = believed[index]! * evidence[sort]![place]!
      posterior[label]! += isHeld
      chance += isHeard
      total += isHeld
      if (keep) [chances[index], held[index]] = [isHeard, isHeld]
    }
    return (chance * largest(posterior)) / total
  }
  let [afterOne, afterTwo] = [0, 0]
  for (let a = 0; a < classes; a++) {
    afterOne += worthOf(belief, belief, a, true)
    // in either order
    for (let b = a; b < classes; b++) afterTwo += (a === b ? 1 : 2) * worthOf(chances, held, b, false)
  }
  return Math.max(0, afterOne - now, (afterTwo - now) / 2)
}

function largest(values: Float64Array): number {
  let most = 0
  for (let index = 0; index < values.length; index++) if (values[index]! > most) most = values[index]!
  return most
}
