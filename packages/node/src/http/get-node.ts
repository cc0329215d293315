import type { KeyPair } from '@consort/protocol'
import type { NodeHandler } from '../caller.ts'
import type { Enrolment } from '../enrolment.ts'
import { type WorkStatus, workStateText } from '../status.ts'
import { nodeVersion } from '../version.ts'

/** Says who this node is, whether it reaches the hub, and what it is doing. */
export function getNode(
  { enrolment, key }: { readonly enrolment: Enrolment; readonly key: KeyPair },
  status: WorkStatus,
): NodeHandler<'getNode'> {
  const { member, name, role, hubUrl, hubKey } = enrolment
  return () => ({
    member,
    name,
    role,
    key: key.publicKey,
    hubUrl,
    hubKey,
    version: nodeVersion,
    hubSeen: status.hubSeen?.toISOString() ?? null,
    hubVersion: status.hubVersion(),
    state: workStateText(status.state),
  })
}
