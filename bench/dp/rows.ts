/**
 * A row of the race: what is published for MNIST, one node, N = 60,000, δ = 1e-5, add or remove one record, q = 256/N.
 */
export type AccuracyRow = {
  /** By the conversion of Mironov 2017, the one that the published figures use. */
  case: `eps ${string}`
  noiseMultiplier: number
  epochs: number
  /** Fraction of the test digits that the published training gets right. */
  published: number
  /** Ours: C and the learning rate, chosen on 50,000 of the training digits with the other 10,000. */
  clip: number
  learningRate: number
}

export const accuracyRows = [
  { case: 'eps 1.19', noiseMultiplier: 1.3, epochs: 15, published: 0.95, clip: 0.1, learningRate: 8 },
  { case: 'eps 3.01', noiseMultiplier: 1.1, epochs: 60, published: 0.966, clip: 0.1, learningRate: 5 },
  { case: 'eps 7.10', noiseMultiplier: 0.7, epochs: 45, published: 0.97, clip: 0.1, learningRate: 5 },
] as const satisfies readonly AccuracyRow[]

export const expectedBatch = 256
