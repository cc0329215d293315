import type { Agreement, Digest, PublicKey, Roster, Statement } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** The documents that members sign after the hub. */
export type CountersignedDocument = Roster | Agreement | Statement

/** A proposal is `in-force` with its last signature, and `void` when another one takes its place before. */
export type CountersignedState = 'proposed' | 'in-force' | 'void'

/** Read and written by `documents/countersigned-store.ts` alone. */
export interface DocumentTables {
  countersigned: {
    digest: Digest
    kind: CountersignedDocument['kind']
    /** Month and agreement of a statement; empty for the others. */
    about: string
    version: number
    document: Json<CountersignedDocument>
    state: CountersignedState
  }
  countersignature: { digest: Digest; key: PublicKey; signature: string }
}
