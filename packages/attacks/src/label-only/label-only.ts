import { createRandom, type Random } from '@consort/protocol'
import type { Examples } from '@consort/train'

/** What an attacker is told of some records: the class, and of each class the probability (rows × classes). */
export interface Told {
  readonly classes: ArrayLike<number>
  readonly probabilities: ArrayLike<number>
}

/** A model that answers: `inputs` is rows × width. */
export type Ask = (inputs: Float32Array, rows: number) => Promise<Told>

/** The records that the attacker holds, with their labels; whether they were trained on is what it wants to know. */
export type Candidates = Pick<Examples, 'count' | 'inputs' | 'labels'> & { readonly inputs: Float32Array }

/**
 * The gap attack (Yeom et al. 2018, section 3.2, in the words of Choquette-Choo et al. 2021): 1 for what the model gets
 * right. One question a record.
 */
export async function gapScores({ count, inputs, labels }: Candidates, ask: Ask): Promise<Float64Array> {
  const { classes } = await ask(inputs, count)
  return Float64Array.from(labels, (label, record) => (classes[record] === label ? 1 : 0))
}

/** The probability of the record's own label, 0 … 1, as far as it is told. One question a record. */
export async function confidenceScores(
  { count, inputs, labels }: Candidates,
  ask: Ask,
  told: (probability: number) => number = probability => probability,
): Promise<Float64Array> {
  const { probabilities } = await ask(inputs, count)
  const classes = probabilities.length / count
  return Float64Array.from(labels, (label, record) => told(probabilities[record * classes + label]!))
}

/**
 * Label-only membership inference by random noise (Choquette-Choo, Tramèr, Carlini, Papernot 2021, section 4.2): how
 * many of `copies` with Gaussian noise of this deviation keep the label, after whether the record itself has it. What
 * was trained on lies further from where the class changes. `copies` + 1 questions a record.
 */
export async function noiseScores(
  candidates: Candidates,
  ask: Ask,
  { copies, deviation, seed }: { copies: number; deviation: number; seed: number },
): Promise<Float64Array> {
  const { count, inputs, labels } = candidates
  const random = createRandom(seed)
  const scores = await gapScores(candidates, ask)
  for (let copy = 0; copy < copies; copy++) {
    const noised = inputs.map(value => value + deviation * normalOf(random))
    const { classes } = await ask(noised, count)
    for (const [record, label] of labels.entries())
      if (classes[record] === label) scores[record]! += 1 / (copies + 1)
  }
  return scores
}

/** Box and Muller. */
export function normalOf(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
}
