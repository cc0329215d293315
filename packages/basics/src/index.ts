export { canonicalJson } from './canonical-json.ts'
export { compatibleForm } from './compatible-form.ts'
export { type Digest, digestSchema } from './digest.ts'
export {
  createId,
  type Entropy,
  type Id,
  type IdKind,
  idPattern,
  idSchema,
  nameSchema,
} from './id.ts'
export { nearNames } from './near-names.ts'
export { createOrderedIds, orderedIdAt } from './ordered-id.ts'
export { createRandom, type Random, uniformFrom } from './random.ts'
export {
  isRefusal,
  type Problem,
  problemOf,
  problemSchema,
  Refusal,
  type RefusalCode,
  refusalOf,
  refusalStatus,
} from './refusal.ts'
export { refusalTitles } from './refusal-titles.ts'
export { createSeededRandom, type SeededRandom } from './seeded-random.ts'
export { type Text, textSchema } from './text.ts'
export { unionByKind } from './union-by-kind.ts'
