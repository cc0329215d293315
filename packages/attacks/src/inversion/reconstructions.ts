import type { Examples } from '@consort/train'
import { type CapturedUpdate, captureUpdate, inversionRecipe } from './capture-update.ts'
import { imprintedWeights, invertImprinted } from './imprint.ts'
import { invertAllUnits, invertFirstLayer } from './invert-first-layer.ts'
import { likenessOfAll } from './likeness.ts'

/** What a hub gets: an update under weights from a recipe, under weights made to be read, or with noise of σ = 1. */
export type Sent = 'plain' | 'imprinted' | 'private'

export interface Reconstruction {
  /** In the update. */
  readonly records: number
  readonly sent: Sent
  /** How many of them come out of it, recognisable at a glance. */
  readonly recovered: number
  /** Mean over the records of the best PSNR, in dB. */
  readonly psnr: number
  readonly candidates: readonly Float32Array[]
}

/** Under (8, 10⁻⁵) one step over all records would have to be noisier than this, and no training is one step. */
const noise = { differentialPrivacy: { clip: 1, noiseMultiplier: 1 } }

/**
 * Attacks the update of the first `records` of the examples, as far as there are so many, in each of the ways in which
 * it can be sent. `brightness` as `imprintedWeights` takes it.
 */
export async function reconstruct(
  examples: Examples,
  { records, brightness }: { records: number; brightness: readonly number[] },
): Promise<Reconstruction[]> {
  const part = firstOf(examples, records)
  const originals = picturesOf(part)
  const weights = imprintedWeights(inversionRecipe(part), brightness)
  const attacked = async (sent: Sent, candidates: readonly Float32Array[]): Promise<Reconstruction> => ({
    records,
    sent,
    ...likenessOfAll(candidates, originals),
    candidates,
  })
  return [
    await attacked('plain', candidatesOf(await captureUpdate(part))),
    await attacked('imprinted', invertImprinted(await captureUpdate(part, { weights }))),
    await attacked('private', candidatesOf(await captureUpdate(part, { privacy: noise }))),
  ]
}

/** Everything that the honest-looking attack makes of one update. */
export function candidatesOf(captured: CapturedUpdate): Float32Array[] {
  return [...invertFirstLayer(captured), invertAllUnits(captured)]
}

/** Pictures as the model sees them: 0 … 1, plane after plane. */
export function picturesOf({ count, inputs }: Examples): Float32Array[] {
  const size = inputs.length / count
  return Array.from({ length: count }, (_, row) =>
    Float32Array.from(inputs.subarray(row * size, (row + 1) * size), byte => byte / 255),
  )
}

/** The mean over its pixels of each picture. */
export function brightnessOf(examples: Examples): number[] {
  return picturesOf(examples).map(picture => picture.reduce((sum, value) => sum + value, 0) / picture.length)
}

function firstOf({ inputShape, inputs, labels }: Examples, count: number): Examples {
  const size = inputShape.reduce((product, length) => product * length, 1)
  return { count, inputShape, inputs: inputs.subarray(0, count * size), labels: labels.subarray(0, count) }
}
