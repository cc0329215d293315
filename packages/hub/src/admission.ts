import {
  type Id,
  isSigned,
  type PublicKey,
  Refusal,
  type RequestProof,
  verifyRequest,
} from '@consort/protocol'
import type { Admitters } from '@consort/protocol/routes'
import { createGroupCommit } from '@consort/storage'
import type { FastifyRequest } from 'fastify'
import type { HubCallers, MemberCaller } from './callers.ts'
import { findMember, noteSeen } from './members/member-store.ts'
import type { HubNonces } from './replicas/shared-nonces.ts'
import type { HubDatabase } from './tables/hub-tables.ts'

/** How stale `last_seen` may be: a write for every call is a sync too many, and who calls together shares one. */
const seenEveryMs = 5000

/** What finding out who calls takes. */
export interface AdmissionContext {
  readonly database: HubDatabase
  readonly operatorKey: PublicKey
  readonly now: () => Date
  /** What callers sign for. */
  readonly publicUrl: () => string
}

/** Finds out from the head of a request who calls, and whether that one may use the endpoint. */
export function createAdmission(
  context: AdmissionContext,
  nonces: Pick<HubNonces, 'spend'>,
): Admitters<HubCallers> {
  const seen = new Map<string, number>()
  const notes = createGroupCommit<Id<'member'>, void>(
    async ids => {
      await noteSeen(context.database, ids, context.now())
      return []
    },
    { itemsMax: 50 },
  )

  const memberOf = async (key: PublicKey): Promise<MemberCaller> => {
    const member = await findMember(context.database, { key })
    if (!member) {
      throw new Refusal('caller-unknown', 'No member of this consortium has this key', {
        hint: 'Enrol with an invite of the hub’s operator.',
      })
    }
    const now = context.now()
    const { id, name, role } = member
    // Not later only: the clock may have been set back.
    if (Math.abs(now.getTime() - (seen.get(id) ?? 0)) >= seenEveryMs) {
      seen.set(id, now.getTime())
      await notes.keep(id)
    }
    return { kind: 'member', id, name, role, key }
  }

  /** Throws the refusal of a request that is not signed, or with a nonce that was spent. */
  const proofOf = async (request: FastifyRequest): Promise<RequestProof> => {
    const targetUri = new URL(request.url, `${context.publicUrl()}/`).href
    const proof = verifyRequest({ method: request.method, targetUri, headers: request.headers })
    await nonces.spend(proof.nonce)
    return proof
  }

  return {
    public: async request => {
      if (!isSigned(request.headers)) return { caller: anyone, bodySha256: undefined }
      return { caller: anyone, bodySha256: (await proofOf(request)).bodySha256 }
    },
    keyholder: async request => {
      const { key, bodySha256 } = await proofOf(request)
      return { caller: { kind: 'keyholder', key }, bodySha256 }
    },
    member: async request => {
      const { key, bodySha256 } = await proofOf(request)
      return { caller: await memberOf(key), bodySha256 }
    },
    operator: async request => {
      const { key, bodySha256 } = await proofOf(request)
      if (key === context.operatorKey) return { caller: operator, bodySha256 }
      throw new Refusal('not-allowed', 'Only the operator of this hub may do this', {
        hint: 'Run the command where the hub’s data directory is: its operator.key signs for it.',
      })
    },
    reader: async request => {
      const { key, bodySha256 } = await proofOf(request)
      return { caller: key === context.operatorKey ? operator : await memberOf(key), bodySha256 }
    },
  }
}

const anyone = { kind: 'anyone' } as const
const operator = { kind: 'operator' } as const
