import type { Digest, Id, KeyHolder, KeyLimits } from '@consort/protocol'
import type { Json } from '@consort/storage'
import type { Generated, Kysely, Transaction } from 'kysely'

export interface ServingTables {
  /** Keys of applications and experts, as digests. */
  access_key: {
    id: Id<'key'>
    name: string
    holder: KeyHolder
    digest: Digest
    created: string
    /** None where nothing is said. */
    limits: Generated<Json<KeyLimits>>
    revoked: string | null
  }
  /** What a key has spent, and what is set aside for it, in a calendar month. Units are minor units of money. */
  access_account: {
    access_key: Id<'key'>
    month: string
    queries_spent: number
    queries_held: number
    units_spent: number
    units_held: number
  }
  /** Questions that are under way, of keys with a budget: what their accounts hold, but for `access_waiting`. */
  access_reservation: {
    id: Generated<number>
    access_key: Id<'key'>
    month: string
    queries: number
    /** Of one answer. */
    price: number
  }
  /** Money that is set aside for cases that wait for a person. */
  access_waiting: { asked_case: Id<'case'>; access_key: Id<'key'>; month: string; price: number }
  /** Webhooks on their way, and what became of them. */
  webhook: {
    id: Id<'message'>
    /** Whose secret signs it. */
    access_key: Id<'key'>
    url: string
    body: string
    state: 'waiting' | 'delivered' | 'given-up'
    attempts: number
    next_attempt: string
    created: string
  }
}

/** What reads: by itself or inside a transaction. */
export type ServingReader = Kysely<ServingTables> | Transaction<ServingTables>
