import {
  type Id,
  isSigned,
  type MemberRole,
  type Nonces,
  type PublicKey,
  Refusal,
  type RequestProof,
  verifyRequest,
} from '@consort/protocol'
import type { Admitters } from '@consort/protocol/routes'
import type { FastifyRequest } from 'fastify'
import type { HubCallers, HubContext, MemberCaller } from './context.ts'

/** How stale `last_seen` may be; a write for every call would be one sync too many. */
const seenEveryMs = 5000

/** Finds out from the head of a request who calls, and whether that one may use the endpoint. */
export function createAdmission(context: HubContext, nonces: Nonces): Admitters<HubCallers> {
  const seen = new Map<string, number>()

  const memberOf = async (key: PublicKey): Promise<MemberCaller> => {
    const row = await context.database
      .selectFrom('member')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirst()
    if (!row) {
      throw new Refusal('caller-unknown', 'No member of this consortium has this key', {
        hint: 'Enrol with an invite of the hub’s operator.',
      })
    }
    const now = context.now()
    if (now.getTime() - (seen.get(row.id) ?? 0) >= seenEveryMs) {
      seen.set(row.id, now.getTime())
      await context.database
        .updateTable('member')
        .set({ last_seen: now.toISOString() })
        .where('id', '=', row.id)
        .execute()
    }
    return { kind: 'member', id: row.id as Id<'member'>, name: row.name, role: row.role as MemberRole, key }
  }

  /** Throws the refusal of a request that is not signed, or with a nonce that was spent. */
  const proofOf = (request: FastifyRequest): RequestProof => {
    const targetUri = new URL(request.url, `${context.publicUrl()}/`).href
    const proof = verifyRequest({ method: request.method, targetUri, headers: request.headers })
    nonces.spend(proof.nonce)
    return proof
  }

  return {
    public: request => {
      if (!isSigned(request.headers)) return { caller: anyone, bodySha256: undefined }
      return { caller: anyone, bodySha256: proofOf(request).bodySha256 }
    },
    keyholder: request => {
      const { key, bodySha256 } = proofOf(request)
      return { caller: { kind: 'keyholder', key }, bodySha256 }
    },
    member: async request => {
      const { key, bodySha256 } = proofOf(request)
      return { caller: await memberOf(key), bodySha256 }
    },
    operator: request => {
      const { key, bodySha256 } = proofOf(request)
      if (key === context.operatorKey) return { caller: operator, bodySha256 }
      throw new Refusal('not-allowed', 'Only the operator of this hub may do this', {
        hint: 'Run the command where the hub’s data directory is: its operator.key signs for it.',
      })
    },
    reader: async request => {
      const { key, bodySha256 } = proofOf(request)
      return { caller: key === context.operatorKey ? operator : await memberOf(key), bodySha256 }
    },
  }
}

const anyone = { kind: 'anyone' } as const
const operator = { kind: 'operator' } as const
