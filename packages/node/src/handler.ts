import type { nodeEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { NodeCallers } from './caller.ts'

/** What answers one endpoint of the node. Its input and its caller follow from the endpoint. */
export type NodeHandler<Name extends keyof typeof nodeEndpoints> = Handler<
  (typeof nodeEndpoints)[Name],
  NodeCallers
>
