import { setImmediate } from 'node:timers/promises'
import { type Digest, documentSignatureHolds, hubEndpoints, type Id } from '@consort/protocol'
import { findInForce } from '../hub/agreement-store.ts'
import type { SettlementContext } from './context.ts'
import { dropUsage, oldestMonth, settledPage } from './usage-store.ts'

/** Which answers of a month may go: a statement of the first edition was signed with all of them in it. */
type Settled = 'nothing' | 'counted' | 'all'

/** What the sweep asks and deletes. */
export type UsageSweepContext = Pick<SettlementContext, 'database' | 'call' | 'key'>

/**
 * Makes what deletes the usage of months that ended before a moment and that are settled: a statement is in force that
 * this node has signed, after it had found all its own answers in it. Months without such a statement stay, however
 * old, and so do answers that the hub was told of later: a statement that names pages does not count them. The hub is
 * asked about each month once a day.
 */
export function createUsageSweep(
  context: UsageSweepContext,
  now: () => Date,
): (before: Date) => AsyncGenerator<number, void> {
  const askedOn = new Map<string, string>()
  const settled = async (month: string, agreement: Digest): Promise<Settled> => {
    const today = now().toISOString().slice(0, 'yyyy-mm-dd'.length)
    const about = `${month} ${agreement}`
    if (askedOn.get(about) === today) return 'nothing'
    const found = await settledBySigned(context, month, agreement)
    if (found === 'nothing') askedOn.set(about, today)
    return found
  }
  return async function* (before) {
    const end = before.toISOString().slice(0, 'yyyy-mm'.length)
    for (let month = await oldestMonth(context.database); month !== undefined && month < end; ) {
      yield* sweepMonth(context, month, settled)
      month = await oldestMonth(context.database, month)
    }
  }
}

async function* sweepMonth(
  { database }: UsageSweepContext,
  month: string,
  settledOf: (month: string, agreement: Digest) => Promise<Settled>,
): AsyncGenerator<number, void> {
  const settled = new Map<Digest, Settled>()
  for (let after: Id<'usage'> | undefined; ; ) {
    const rows = await settledPage(database, { month, after })
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.event.document.id
    const agreements = new Set(rows.map(({ event }) => event.document.agreement))
    for (const one of agreements) if (!settled.has(one)) settled.set(one, await settledOf(month, one))
    const ids = rows
      .filter(({ event, isDone }) => mayGo(settled.get(event.document.agreement), isDone))
      .map(({ event }) => event.document.id)
    await dropUsage(database, ids)
    if (ids.length > 0) yield ids.length
    else await setImmediate()
  }
}

function mayGo(settled: Settled | undefined, isDone: boolean): boolean {
  return settled === 'all' || (settled === 'counted' && isDone)
}

/** What the statement in force that the hub shows for a month and these terms settles, if this node has signed it. */
async function settledBySigned(
  { database, call, key }: UsageSweepContext,
  month: string,
  agreement: Digest,
): Promise<Settled> {
  const terms = await findInForce(database, agreement)
  if (!terms) return 'nothing'
  const asked = { params: { month }, query: { agreement: terms.version } }
  const { inForce } = await call(hubEndpoints.getStatement, asked)
  if (inForce?.document.month !== month || inForce.document.agreement !== agreement) return 'nothing'
  const own = inForce.signatures.find(signature => signature.key === key.publicKey)
  if (own === undefined || !documentSignatureHolds(inForce.document, own)) return 'nothing'
  return 'pages' in inForce.document ? 'counted' : 'all'
}
