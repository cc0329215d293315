import type { Digest, Id, MemberRole, PublicKey } from '@consort/protocol'

/** Read and written by `members/invite-store.ts` and `members/member-store.ts` alone. */
export interface MemberTables {
  invite: {
    id: Id<'invite'>
    secret_digest: Digest
    name: string
    role: MemberRole
    /** Who took it up; null until then. */
    member: Id<'member'> | null
    created: string
  }
  member: {
    id: Id<'member'>
    name: string
    role: MemberRole
    key: PublicKey
    enrolled: string
    last_seen: string | null
    /** Seconds from a task to its update, exponentially averaged. */
    latency_seconds: number | null
    /** Training tasks that were given to it. */
    asked: number
    /** Those of them whose update came too late or not at all. */
    missed: number
  }
}
