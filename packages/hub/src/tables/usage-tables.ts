import type { Digest, Id, SignedUsage, UsagePage } from '@consort/protocol'
import type { Json } from '@consort/storage'

export interface UsageTables {
  /** Answers that members' agents gave, as they reported them. `settlement/usage-store.ts` alone has queries. */
  usage: {
    id: Id<'usage'>
    member: Id<'member'>
    version: Id<'version'>
    agreement: Digest
    month: string
    /** The number of its page; 0 while it is on none. */
    page: number
    signed: Json<SignedUsage>
  }
  /**
   * Sealed pages of them; once they are settled it is noted where their events went. `settlement/usage-page-store.ts`
   * alone has queries.
   */
  usage_page: {
    digest: Digest
    agreement: Digest
    month: string
    number: number
    count: number
    page: Json<UsagePage>
    /** The file of its events, once they are archived; its rows may be gone from then on. */
    file: Digest | null
    file_bytes: number | null
    /** 1 when no row of it is left. */
    emptied: number
  }
}
