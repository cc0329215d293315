import {
  type Endpoint,
  type Id,
  isSigned,
  type MemberRole,
  type Nonces,
  type PublicKey,
  Refusal,
  verifyRequest,
} from '@consort/protocol'
import type { Admission } from '@consort/protocol/routes'
import type { FastifyRequest } from 'fastify'
import type { HubCaller, HubContext } from './context.ts'

/** How stale `last_seen` may be; a write for every call would be one sync too many. */
const seenEveryMs = 5000

/** Finds out from the head of a request who calls, and whether that one may use the endpoint. */
export function createAdmission(context: HubContext, nonces: Nonces) {
  const seen = new Map<string, number>()

  const memberOf = async (key: PublicKey): Promise<HubCaller | undefined> => {
    const row = await context.database
      .selectFrom('member')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirst()
    if (!row) return undefined
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

  const callerOf = async (endpoint: Endpoint, key: PublicKey): Promise<HubCaller> => {
    const isOperator = key === context.operatorKey
    switch (endpoint.access) {
      case 'public':
        return { kind: 'anyone' }
      case 'keyholder':
        return { kind: 'keyholder', key }
      case 'operator':
        if (isOperator) return { kind: 'operator' }
        throw new Refusal('not-allowed', 'Only the operator of this hub may do this', {
          hint: 'Run the command where the hub’s data directory is: its operator.key signs for it.',
        })
      case 'reader':
        if (isOperator) return { kind: 'operator' }
    }
    const member = await memberOf(key)
    if (member) return member
    throw new Refusal('caller-unknown', 'No member of this consortium has this key', {
      hint: 'Enrol with an invite of the hub’s operator.',
    })
  }

  return async (endpoint: Endpoint, request: FastifyRequest): Promise<Admission<HubCaller>> => {
    if (endpoint.access === 'public' && !isSigned(request.headers))
      return { caller: { kind: 'anyone' }, bodySha256: undefined }
    const targetUri = new URL(request.url, `${context.publicUrl()}/`).href
    const proof = verifyRequest({ method: request.method, targetUri, headers: request.headers })
    nonces.spend(proof.nonce)
    return { caller: await callerOf(endpoint, proof.key), bodySha256: proof.bodySha256 }
  }
}
