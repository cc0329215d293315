import type { hubEndpoints, Id, MemberRole, PublicKey } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'

export interface Anyone {
  readonly kind: 'anyone'
}

export interface KeyholderCaller {
  readonly kind: 'keyholder'
  readonly key: PublicKey
}

export interface OperatorCaller {
  readonly kind: 'operator'
}

export interface MemberCaller {
  readonly kind: 'member'
  readonly id: Id<'member'>
  readonly name: string
  readonly role: MemberRole
  readonly key: PublicKey
}

/** Who may call an endpoint, by its access. */
export interface HubCallers {
  readonly public: Anyone
  readonly keyholder: KeyholderCaller
  readonly member: MemberCaller
  readonly operator: OperatorCaller
  readonly reader: MemberCaller | OperatorCaller
}

/** The handler of one endpoint of the hub: its input and its caller follow from the endpoint. */
export type HubHandler<Name extends keyof typeof hubEndpoints> = Handler<
  (typeof hubEndpoints)[Name],
  HubCallers
>
