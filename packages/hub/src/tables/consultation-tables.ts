import type { Digest, Id, SignedConsultationKey } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Read and written by `consultations/key-store.ts` and `consultations/consultation-store.ts` alone. */
export interface ConsultationTables {
  /** With which key each member opens consultations, signed by itself. */
  consultation_key: { member: Id<'member'>; signed: Json<SignedConsultationKey> }
  /** Consultations in flight, and nothing of them afterwards. */
  consultation: {
    id: Id<'consultation'>
    asker: Id<'member'>
    answerer: Id<'member'>
    /** Of the sealed question. */
    digest: Digest
    state: 'waiting' | 'answered'
    /** The question while it waits, then the answer; null where the question could not be opened. */
    sealed: string | null
    /** Milliseconds since 1970. */
    expires: number
  }
}
