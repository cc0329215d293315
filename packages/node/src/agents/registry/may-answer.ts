import { checkUse } from '@consort/agreements'
import { digestOfDocument, hubEndpoints, isRefusal } from '@consort/protocol'
import { agreementFor } from '../../hub/agreements.ts'
import type { AgentContext } from '../context.ts'

/**
 * Throws `agreement-refused` when the agreement that this node knows to be in force does not let its agents answer. A
 * consortium without an agreement forbids nothing.
 */
export async function checkMayAnswer(context: Pick<AgentContext, 'terms' | 'enrolment'>): Promise<void> {
  const agreement = await context.terms()
  if (agreement) checkUse(agreement, context.enrolment.name)
}

/** Learns of an agreement that came into force since the last task, if the hub can be reached; checks it as for a task. */
export async function lookForAgreement(context: AgentContext): Promise<void> {
  const view = await context.call(hubEndpoints.getAgreement).catch((error: unknown) => {
    if (isRefusal(error, 'unreachable')) return undefined
    throw error
  })
  if (!view?.inForce) return
  const { document } = view.inForce
  await agreementFor(context, { agreement: digestOfDocument(document), roster: document.roster })
}
