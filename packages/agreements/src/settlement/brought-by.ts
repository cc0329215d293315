import type { Id, SignedDataCard } from '@consort/protocol'

/** For each version, the signed cards of the data that trained it. */
export type Lineage = readonly {
  readonly version: Id<'version'>
  readonly cards: readonly SignedDataCard[]
}[]

/**
 * The examples that each member brought to each version, by its cards; by the largest where it had several, since a
 * data set that grew in the middle of a run is still the same records.
 */
export function broughtBy(lineage: Lineage): Map<Id<'version'>, Map<Id<'member'>, number>> {
  const brought = new Map<Id<'version'>, Map<Id<'member'>, number>>()
  for (const { version, cards } of lineage) {
    const examples = new Map<Id<'member'>, number>()
    for (const { document } of cards) {
      examples.set(document.member, Math.max(examples.get(document.member) ?? 0, document.trainExamples))
    }
    brought.set(version, examples)
  }
  return brought
}
