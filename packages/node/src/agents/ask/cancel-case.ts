import { askedView, cancelCase as cancelled, keepState, readAsked, toldBy } from '@consort/review'
import { appendEvent } from '@consort/storage'
import { askerOf, type NodeHandler } from '../../caller.ts'
import type { AskContext } from './ask-context.ts'
import { chargeDeferred } from './charge-asker.ts'
import { disclosedView } from './disclosed-view.ts'

/**
 * Takes back a case of the caller's that waits for a person: nobody is asked any more, and nothing is owed. Throws
 * `not-found` and, for what has been answered, `state-conflict`.
 */
export function cancelCase(
  context: Pick<AskContext, 'database' | 'key' | 'now' | 'announce'>,
): NodeHandler<'cancelCase'> {
  return async ({ params, caller }) => {
    const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
    const view = await context.database.transaction().execute(async transaction => {
      const asked = await readAsked(transaction, params.case, { askedBy })
      const isTold = asked.kind === 'answer' || toldBy(asked.file) !== null
      const before = isTold ? ({ kind: 'answered' } as const) : asked.file.state
      const state = cancelled(before, context.now().toISOString())
      if (asked.kind === 'answer' || state === before) return askedView(asked)
      const file = { ...asked.file, state, revision: asked.file.revision + 1 }
      await keepState(transaction, file)
      await chargeDeferred(transaction, file.id, false)
      await appendEvent(context, transaction, {
        kind: 'case-cancelled',
        body: { case: file.id, agent: file.agent, by: askerOf(caller) },
      })
      return askedView({ kind: 'case', file })
    })
    context.announce(params.case)
    return disclosedView(view, caller)
  }
}
