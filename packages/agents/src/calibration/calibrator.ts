import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import { applyIsotonic, fitIsotonic, type Isotonic } from './isotonic.ts'
import type { Logits } from './logits.ts'
import { applyTemperature, fitTemperature } from './temperature.ts'
import { applyVectorScaling, fitVectorScaling, type VectorScaling } from './vector-scaling.ts'

/** How logits become probabilities; plain JSON. */
export type Calibrator =
  | { readonly kind: 'temperature'; readonly temperature: number }
  | ({ readonly kind: 'vector' } & VectorScaling)
  /** After a temperature, the likeliest class gets the share that was right at its score; the others share the rest. */
  | ({ readonly kind: 'isotonic'; readonly temperature: number } & Isotonic)

/** How a calibrator is kept as JSON. */
export const calibratorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('temperature'), temperature: z.number() }),
  z.object({ kind: z.literal('vector'), scales: z.array(z.number()), biases: z.array(z.number()) }),
  z.object({
    kind: z.literal('isotonic'),
    temperature: z.number(),
    scores: z.array(z.number()),
    values: z.array(z.number()),
  }),
]) satisfies z.ZodType<Calibrator>

export type CalibratorKind = Calibrator['kind']

/** Fewer labels than this for each parameter, and a fit says more of the labels than of the model. */
const labelsPerParameter = 25
const labelsForIsotonic = 1000
const folds = 5

/**
 * The calibrator whose confidences predict best which answers are right, by the logarithmic loss over five folds of
 * these records; the simplest of equals. Vector scaling and isotonic regression are tried only where there are labels
 * enough for their parameters. `logits` are n × k by rows in an order that says nothing (folds are every fifth record).
 * What is fitted afterwards (gate, conformal sets) needs other records.
 */
export function chooseCalibrator(
  { logits, classes }: Logits,
  labels: ArrayLike<number>,
): { calibrator: Calibrator; losses: Partial<Record<CalibratorKind, number>> } {
  const kinds = affordable(labels.length, classes)
  const records = { logits, classes, labels }
  const losses: Partial<Record<CalibratorKind, number>> = {}
  if (kinds.length > 1) for (const kind of kinds) losses[kind] = foldedLoss(kind, records)
  const best = kinds.reduce((one, other) => (losses[other]! < losses[one]! - 1e-4 ? other : one))
  return { calibrator: fitCalibrator(best, { logits, classes }, labels), losses }
}

/** At a limit of its range a temperature says only that there are too few records, or none that is wrong: 1 then. */
export function fitCalibrator(
  kind: CalibratorKind,
  { logits, classes }: Logits,
  labels: ArrayLike<number>,
): Calibrator {
  if (kind === 'vector') {
    const { scales, biases } = fitVectorScaling({ logits, classes }, labels)
    return { kind, scales, biases }
  }
  const fit = fitTemperature({ logits, classes }, labels)
  const temperature = fit.isAtLimit ? 1 : fit.temperature
  if (kind === 'temperature') return { kind, temperature }
  const tops = topsOf(applyTemperature({ logits, classes }, temperature), classes)
  const isRight = tops.map(({ index }, record) => index === labels[record])
  const isotonic = fitIsotonic(
    tops.map(({ confidence }) => confidence),
    isRight,
  )
  return { kind, temperature, ...isotonic }
}

/**
 * Probabilities of every record, n × k by rows. An isotonic step below the evenness of k classes would put another
 * class first: it stops there, so that the answer is the same as before.
 */
export function applyCalibrator({ logits, classes }: Logits, calibrator: Calibrator): Float64Array {
  if (calibrator.kind === 'temperature') return applyTemperature({ logits, classes }, calibrator.temperature)
  if (calibrator.kind === 'vector') return applyVectorScaling({ logits, classes }, calibrator)
  const probabilities = applyTemperature({ logits, classes }, calibrator.temperature)
  for (const [record, { index, confidence }] of topsOf(probabilities, classes).entries()) {
    const row = probabilities.subarray(record * classes, (record + 1) * classes)
    const second = row.reduce((most, value, k) => (k === index ? most : Math.max(most, value)), 0)
    const rest = 1 - confidence
    // The first stays first as long as p > (1 − p) · second / rest.
    const least = rest > 0 ? Math.min(1, second / (second + rest) + 1e-9) : 0
    const shown = Math.max(applyIsotonic(calibrator, confidence), least)
    for (let k = 0; k < classes; k++)
      row[k] = k === index ? shown : rest > 0 ? (row[k]! / rest) * (1 - shown) : 0
    if (rest <= 0) row.fill((1 - shown) / (classes - 1)).set([shown], index)
  }
  return probabilities
}

function affordable(records: number, classes: number): CalibratorKind[] {
  const kinds: CalibratorKind[] = ['temperature']
  if (records >= labelsPerParameter * 2 * classes) kinds.push('vector')
  if (records >= labelsForIsotonic) kinds.push('isotonic')
  return kinds
}

/** Mean −log P(right or wrong, as it was) of records that the fit has not seen. */
function foldedLoss(
  kind: CalibratorKind,
  { logits, classes, labels }: Logits & { labels: ArrayLike<number> },
): number {
  let loss = 0
  for (let fold = 0; fold < folds; fold++) {
    const [fitted, judged]: [number[], number[]] = [[], []]
    for (let record = 0; record < labels.length; record++)
      (record % folds === fold ? judged : fitted).push(record)
    const pick = (records: number[]) => ({
      logits: records.flatMap(record =>
        Array.from({ length: classes }, (_, k) => logits[record * classes + k]!),
      ),
      classes,
    })
    const calibrator = fitCalibrator(
      kind,
      pick(fitted),
      fitted.map(record => labels[record]!),
    )
    const tops = topsOf(applyCalibrator(pick(judged), calibrator), classes)
    for (const [row, { index, confidence }] of tops.entries()) {
      const chance = index === labels[judged[row]!] ? confidence : 1 - confidence
      loss -= Math.log(Math.max(chance, 1e-6)) / labels.length
    }
  }
  return loss
}

/** Of every record the likeliest class, the first of equal ones, and its probability. */
export function topsOf(
  probabilities: Float64Array,
  classes: number,
): { readonly index: number; readonly confidence: number }[] {
  if (probabilities.length % classes !== 0) throw new Refusal('input-invalid', 'Rows of another length')
  return Array.from({ length: probabilities.length / classes }, (_, record) => {
    const row = probabilities.subarray(record * classes, (record + 1) * classes)
    let index = 0
    for (let other = 1; other < classes; other++) if (row[other]! > row[index]!) index = other
    return { index, confidence: Math.min(1, row[index]!) }
  })
}
