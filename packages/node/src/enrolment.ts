import type { Id, MemberRole, PublicKey } from '@consort/protocol'
/** What a node knows of its consortium from the moment it joined. */
export interface Enrolment {
  readonly hubUrl: string
  /** Pinned: whatever is signed by another key is not the hub's. */
  readonly hubKey: PublicKey
  readonly consortium: string
  readonly member: Id<'member'>
  readonly name: string
  readonly role: MemberRole
}
