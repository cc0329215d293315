import type { Id, SignedUsage } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Read and written by `settlement/usage-store.ts` alone. */
export interface UsageTables {
  /** Answers that members' agents gave, as they reported them. */
  usage: {
    id: Id<'usage'>
    member: Id<'member'>
    version: Id<'version'>
    month: string
    signed: Json<SignedUsage>
  }
}
