import type { Id, SignedDataCard, SignedFieldStatistics } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Read and written by `members/card-store.ts` and `members/statistics-store.ts` alone. */
export interface CardTables {
  /** The latest card of a member for a data set is current; older ones stay for the lineage of models. */
  data_card: {
    id: Id<'card'>
    member: Id<'member'>
    dataset: string
    signed: Json<SignedDataCard>
    current: 0 | 1
    published: string
  }
  /** What a member published about the fields of the data set of a card. */
  field_statistics: { card: Id<'card'>; signed: Json<SignedFieldStatistics> }
}
