import type { KeyHolder, nodeEndpoints } from '@consort/protocol'
import type { Handler, Handlers } from '@consort/protocol/routes'
import { type Holder, operatorReviewer, type Reviewer } from '@consort/review'
import type { AccessHolder } from '@consort/serving'

export interface Anyone {
  readonly kind: 'anyone'
}

export interface OperatorCaller {
  readonly kind: 'operator'
}

/** Whoever has a key of one sort. */
export interface HolderCaller<Kind extends KeyHolder = KeyHolder>
  extends Pick<AccessHolder, 'id' | 'name' | 'limits'> {
  readonly kind: Kind
}

/** Who may call an endpoint of the node, by its access. The operator may do everything. */
export interface NodeCallers {
  readonly public: Anyone | OperatorCaller
  readonly operator: OperatorCaller
  readonly application: OperatorCaller | HolderCaller<'application'>
  readonly expert: OperatorCaller | HolderCaller<'expert'>
}

/** What answers one endpoint of the node: its input, its answer and who may call follow from the name. */
export type NodeHandler<Name extends keyof typeof nodeEndpoints> = Handler<
  (typeof nodeEndpoints)[Name],
  NodeCallers
>

/** What answers all of the node's endpoints; a room has its part of them. */
export type NodeHandlers = Handlers<typeof nodeEndpoints, NodeCallers>

/** Who has shown a key: the operator, an application or an expert. */
export type KnownCaller = Exclude<NodeCallers[keyof NodeCallers], Anyone>

/** Whose cases a caller's are: those of its key, or the operator's. */
export function askerOf(caller: KnownCaller): Holder {
  return reviewerOf(caller).id
}

/** Whose judgements a caller's are. */
export function reviewerOf(caller: KnownCaller): Reviewer {
  return caller.kind === 'operator' ? operatorReviewer : { id: caller.id, name: caller.name }
}
