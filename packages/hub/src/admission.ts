import { isSigned, type PublicKey, Refusal, type RequestProof, verifyRequest } from '@consort/protocol'
import type { Admitters } from '@consort/protocol/routes'
import type { FastifyRequest } from 'fastify'
import type { HubCallers, MemberCaller } from './callers.ts'
import { findMember } from './members/member-store.ts'
import { createCallNotes } from './members/note-calls.ts'
import type { HubNonces } from './replicas/shared-nonces.ts'
import type { HubDatabase } from './tables/hub-tables.ts'

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
  const calls = createCallNotes(context)
  // Found once: a member never leaves, and its id, name, role and key stay what they were.
  const known = new Map<PublicKey, MemberCaller>()

  const memberOf = async (key: PublicKey): Promise<MemberCaller> => {
    const caller = known.get(key) ?? (await findCaller(context, key))
    known.set(key, caller)
    await calls.note(caller.id)
    return caller
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

async function findCaller({ database }: AdmissionContext, key: PublicKey): Promise<MemberCaller> {
  const member = await findMember(database, { key })
  if (member) return { kind: 'member', id: member.id, name: member.name, role: member.role, key }
  throw new Refusal('caller-unknown', 'No member of this consortium has this key', {
    hint: 'Enrol with an invite of the hub’s operator.',
  })
}

const anyone = { kind: 'anyone' } as const
const operator = { kind: 'operator' } as const
