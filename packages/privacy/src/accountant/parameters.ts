import { Refusal } from '@consort/protocol'

/** ε > 0, finite. All of these throw `privacy-parameters-invalid`. */
export function checkEpsilon(epsilon: number): void {
  if (epsilon > 0 && epsilon < Infinity) return
  throw new Refusal('privacy-parameters-invalid', `ε has to be above zero, not ${epsilon}`)
}

export function checkDelta(delta: number): void {
  if (delta > 0 && delta < 1) return
  throw new Refusal('privacy-parameters-invalid', `δ has to lie between 0 and 1, not be ${delta}`)
}

/** The noise multiplier: the deviation of the noise over the sensitivity. */
export function checkMultiplier(multiplier: number): void {
  if (multiplier > 0 && multiplier < Infinity) return
  throw new Refusal(
    'privacy-parameters-invalid',
    `The noise has to have a deviation above zero, not ${multiplier}`,
    {
      hint: 'Without noise there is no differential privacy: leave it out of the recipe, or give a noise multiplier.',
    },
  )
}

export function checkProbability(probability: number): void {
  if (probability >= 0 && probability <= 1) return
  throw new Refusal('privacy-parameters-invalid', `${probability} is not a sampling probability`, {
    hint: 'It is the batch size over the number of examples, at most 1.',
  })
}

/**
 * Refuses a δ above 1/(10 N) for N records: with δ = 1/N, publishing one record whole would be "private" (Dwork, Roth
 * 2014, §2.3).
 */
export function checkDeltaFor(delta: number, { records }: { records: number }): void {
  checkDelta(delta)
  if (delta <= 1 / (10 * records)) return
  throw new Refusal('privacy-parameters-invalid', `δ = ${delta} is too much for ${records} records`, {
    hint: `Choose ${1 / (10 * records)} or less.`,
  })
}

/** 10⁻⁵, less for more than 10,000 records. */
export function defaultDelta({ records }: { records: number }): number {
  return Math.min(1e-5, 1 / (10 * records))
}
