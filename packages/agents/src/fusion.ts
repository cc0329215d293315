/** Opinions of people and models as one belief. Nothing in the product asks for it yet; the races do. */
export { type Belief, gainOfAsking, hearChoice, posteriorOf, startBelief } from './fusion/belief.ts'
export { type Expertise, fitConfusions, fitExpertise, type PastChoices } from './fusion/expertise.ts'
export { applyPool, fitPool, type OpinionPool, type Opinions } from './fusion/pool-opinions.ts'
export { fitTrust } from './fusion/trust.ts'
