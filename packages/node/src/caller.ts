import type { KeyHolder } from '@consort/protocol'
import { operatorReviewer, type Reviewer } from '@consort/review'
import type { AccessHolder } from '@consort/serving'
/** Who calls the node. */
export type NodeCaller =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'operator' }
  | ({ readonly kind: KeyHolder } & Pick<AccessHolder, 'id' | 'name' | 'limits'>)

/** Whose cases a caller's are: those of its key, or the operator's. */
export function askerOf(caller: NodeCaller): string {
  return reviewerOf(caller).id
}

/** Whose judgements a caller's are. */
export function reviewerOf(caller: NodeCaller): Reviewer {
  if (caller.kind === 'anyone') throw new TypeError('admission lets nobody in here without a key')
  return caller.kind === 'operator' ? operatorReviewer : { id: caller.id, name: caller.name }
}
