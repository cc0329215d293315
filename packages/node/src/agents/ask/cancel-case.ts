import type { CaseView, nodeEndpoints, Parsed } from '@consort/protocol'
import { askedView, cancelCase as cancelled, keepState, readAsked, toldBy } from '@consort/review'
import { askerOf, type KnownCaller } from '../../caller.ts'
import { appendEvent } from '../../context.ts'
import type { AgentContext } from '../context.ts'
import { chargeDeferred } from './charge-asker.ts'

type Asked = Parsed<typeof nodeEndpoints.cancelCase> & { caller: KnownCaller }

/**
 * Takes back a case of the caller's that waits for a person: nobody is asked any more, and nothing is owed. Throws
 * `not-found` and, for what has been answered, `state-conflict`.
 */
export async function cancelCase(context: AgentContext, { params, caller }: Asked): Promise<CaseView> {
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
  context.news.emit(params.case)
  return view
}
