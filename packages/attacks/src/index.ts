export {
  type Captured,
  type Deviation,
  type Promised,
  rangeScores,
  summedScores,
  trainOnCanaries,
} from './canaries/canaries.ts'
export { reusingNoise, seededEntropy } from './canaries/entropy-faults.ts'
export { stripNoise } from './canaries/guess-seed.ts'
export { auditedEpsilon, type Guessing, guessExtremes } from './guessing.ts'
export { captureUpdate, inversionRecipe } from './inversion/capture-update.ts'
export { comparisonPicture } from './inversion/comparison-picture.ts'
export { drawnDigits } from './inversion/drawn-digits.ts'
export { imprintedWeights, invertImprinted } from './inversion/imprint.ts'
export { likenessOfAll, mostLike } from './inversion/likeness.ts'
export {
  brightnessOf,
  candidatesOf,
  picturesOf,
  type Reconstruction,
  reconstruct,
} from './inversion/reconstructions.ts'
export { questionsOf } from './label-only/boundary-distance.ts'
export {
  areaOf,
  areasOf,
  byBoundary,
  byConfidence,
  byNoise,
  effort,
  errorOfChance,
  gap,
  mean,
  noise,
  overfitted,
  size,
  standardError,
} from './label-only/figures.ts'
export { type Ask, type Candidates, gapScores, noiseScores } from './label-only/label-only.ts'
export { drawCandidates, tableModel, trainTable } from './label-only/overfitted-tables.ts'
export {
  advantageBound,
  advantageOf,
  areaUnderCurve,
  byLikelihoodRatio,
  byLoss,
  guessMembers,
} from './membership/membership.ts'
export { type Training, trainHalves } from './membership/membership-models.ts'
export { noisyPool } from './membership/noisy-pool.ts'
export { privateTraining } from './membership/private-training.ts'
