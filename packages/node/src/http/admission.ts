import {
  type Endpoint,
  isSigned,
  type Nonces,
  type PublicKey,
  Refusal,
  verifyRequest,
} from '@consort/protocol'
import type { Admission } from '@consort/protocol/routes'
import { type AccessHolder, bearerOf, checkInForce, type RateLimits } from '@consort/serving'
import type { FastifyRequest } from 'fastify'
import type { NodeCaller } from '../caller.ts'

export interface AdmissionSetup {
  /** The node's own key: whoever can read its directory is its operator. */
  readonly operatorKey: PublicKey
  readonly nonces: Nonces
  /** Where the node is reached; part of what is signed. */
  readonly base: () => string
  readonly holderOf: (key: string) => Promise<AccessHolder | undefined>
  readonly rateLimits: RateLimits
  readonly now: () => Date
}

/**
 * Finds out from the head of a request who calls. What is signed with the node's key is its operator's, who may do
 * everything; `Authorization: Bearer …` is a key of an application or an expert, good for the endpoints of its sort only, until
 * it expires or is revoked, and for so many requests a minute. A key of another node is one that nobody has given out.
 */
export function createAdmission(setup: AdmissionSetup) {
  const { operatorKey, nonces, base, holderOf, rateLimits, now } = setup
  const admitSigned = (request: FastifyRequest): Admission<NodeCaller> => {
    const targetUri = new URL(request.url, `${base()}/`).href
    const proof = verifyRequest({ method: request.method, targetUri, headers: request.headers })
    nonces.spend(proof.nonce)
    if (proof.key !== operatorKey) {
      throw new Refusal('not-allowed', 'Only the operator of this node may sign calls to it', {
        hint: 'Applications and experts call with the key that the operator made for them.',
      })
    }
    return { caller: { kind: 'operator' }, bodySha256: proof.bodySha256 }
  }
  return async (
    endpoint: Pick<Endpoint, 'access'>,
    request: FastifyRequest,
  ): Promise<Admission<NodeCaller>> => {
    const { authorization } = request.headers
    if (isSigned(request.headers)) return admitSigned(request)
    if (endpoint.access === 'public') return { caller: { kind: 'anyone' }, bodySha256: undefined }
    const isForHolders = endpoint.access === 'application' || endpoint.access === 'expert'
    if (authorization === undefined && !isForHolders) return admitSigned(request)
    const key = bearerOf(authorization)
    const holder = key === undefined ? undefined : await holderOf(key)
    if (!holder) {
      throw new Refusal('caller-unknown', 'This node has given out no such key', {
        hint: 'Send the key that its operator made for you, as `Authorization: Bearer ck_…`.',
      })
    }
    checkInForce(holder, now())
    rateLimits.check(holder)
    if (holder.holder !== endpoint.access) {
      throw new Refusal('not-allowed', `A key for an ${holder.holder} is not good for this`, {
        hint: `This is for: ${endpoint.access}. The node’s operator makes keys of either sort.`,
      })
    }
    const { holder: kind, id, name, limits } = holder
    return { caller: { kind, id, name, limits }, bodySha256: undefined }
  }
}
