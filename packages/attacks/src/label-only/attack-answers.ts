import { areasOf, byConfidence, byNoise, errorOfChance, gap, mean, overfitted } from './figures.ts'

const models = 2

/** Looks for members by answers alone, of models that learnt noise by heart: 0.5 is chance, 1 is certainty. */
export async function attackAnswers(): Promise<string[]> {
  const attacks = {
    'right or wrong': gap,
    'right under noise': byNoise,
    'confidence of 2 decimals': byConfidence(2),
  }
  const areas = await areasOf(overfitted, { models, attacks })
  return [
    `chance: 0.50 ± ${errorOfChance(models).toFixed(2)}`,
    ...Object.entries(areas).map(
      ([what, values]) => `${what}: area under the curve ${mean(values).toFixed(2)}`,
    ),
  ]
}
