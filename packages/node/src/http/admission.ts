import {
  isSigned,
  type KeyHolder,
  type Nonces,
  type PublicKey,
  Refusal,
  verifyRequest,
} from '@consort/protocol'
import type { Admission, Admitters } from '@consort/protocol/routes'
import { type AccessHolder, bearerOf, checkInForce, type RateLimits } from '@consort/serving'
import type { FastifyRequest } from 'fastify'
import type { HolderCaller, NodeCallers, OperatorCaller } from '../caller.ts'

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
 * everything; `Authorization: Bearer …` is a key of an application or an expert, good for the endpoints of its sort
 * only, until it expires or is revoked, and for so many requests a minute. A key of another node is one that nobody has
 * given out.
 */
export function createAdmission(setup: AdmissionSetup): Admitters<NodeCallers> {
  const { operatorKey, nonces, base, holderOf, rateLimits, now } = setup
  const admitSigned = (request: FastifyRequest): Admission<OperatorCaller> => {
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
  /** The key that a request shows, in force and within its rate. */
  const holderIn = async ({ headers: { authorization } }: FastifyRequest): Promise<AccessHolder> => {
    const key = bearerOf(authorization)
    const holder = key === undefined ? undefined : await holderOf(key)
    if (!holder) {
      throw new Refusal('caller-unknown', 'This node has given out no such key', {
        hint: 'Send the key that its operator made for you, as `Authorization: Bearer ck_…`.',
      })
    }
    checkInForce(holder, now())
    rateLimits.check(holder)
    return holder
  }
  const admitHolder =
    <Kind extends KeyHolder>(kind: Kind) =>
    async (request: FastifyRequest): Promise<Admission<OperatorCaller | HolderCaller<Kind>>> => {
      if (isSigned(request.headers)) return admitSigned(request)
      const holder = await holderIn(request)
      if (holder.holder !== kind) throw wrongSort(holder, kind)
      const { id, name, limits } = holder
      return { caller: { kind, id, name, limits }, bodySha256: undefined }
    }
  return {
    public: request =>
      isSigned(request.headers)
        ? admitSigned(request)
        : { caller: { kind: 'anyone' }, bodySha256: undefined },
    async operator(request) {
      const { authorization } = request.headers
      if (isSigned(request.headers) || authorization === undefined) return admitSigned(request)
      throw wrongSort(await holderIn(request), 'operator')
    },
    application: admitHolder('application'),
    expert: admitHolder('expert'),
  }
}

function wrongSort({ holder }: AccessHolder, access: KeyHolder | 'operator'): Refusal {
  return new Refusal('not-allowed', `A key for an ${holder} is not good for this`, {
    hint: `This is for: ${access}. The node’s operator makes keys of either sort.`,
  })
}
