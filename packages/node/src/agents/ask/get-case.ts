import type { CaseView, nodeEndpoints, Parsed } from '@consort/protocol'
import { askedView } from '@consort/review'
import { askerOf, type KnownCaller } from '../../caller.ts'
import type { AgentContext } from '../context.ts'
import { awaitRevision } from './await-revision.ts'

type Asked = Parsed<typeof nodeEndpoints.getCase> & { caller: KnownCaller }

/** One case of the caller's (any case, for the operator), as soon as it has a revision after `after` or the wait is over. */
export async function getCase(
  context: AgentContext,
  { params, query: { after, wait }, caller }: Asked,
): Promise<CaseView> {
  const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
  return askedView(await awaitRevision(context, { id: params.case, askedBy, after, waitSeconds: wait }))
}
