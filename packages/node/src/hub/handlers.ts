import { hubEndpoints } from '@consort/protocol'
import type { NodeHandlers } from '../caller.ts'
import { confirmAgreement } from './agreements.ts'
import type { HubContext } from './context.ts'
import { promptly } from './promptly.ts'
import { confirmRoster } from './rosters.ts'

/**
 * The operator reads and signs what the consortium agrees on: each of these is a question to the hub.
 * Whoever only looks waits no longer than a person waits; signing takes as long as it takes.
 */
export function hubHandlers(
  context: HubContext,
): Pick<NodeHandlers, 'showRoster' | 'confirmRoster' | 'showAgreement' | 'confirmAgreement'> {
  return {
    showRoster: () => promptly(context.call)(hubEndpoints.getRoster),
    confirmRoster: ({ body }) => confirmRoster(context, body.version),
    showAgreement: () => promptly(context.call)(hubEndpoints.getAgreement),
    confirmAgreement: ({ body }) => confirmAgreement(context, body.agreement),
  }
}
