import { setImmediate } from 'node:timers/promises'
import { type Digest, documentSignatureHolds, hubEndpoints, type Id } from '@consort/protocol'
import { findInForce } from '../hub/agreement-store.ts'
import type { SettlementContext } from './context.ts'
import { dropUsage, oldestMonth, settledPage } from './usage-store.ts'

/** What the sweep asks and deletes. */
export type UsageSweepContext = Pick<SettlementContext, 'database' | 'call' | 'key'>

/**
 * Makes what deletes the usage of months that ended before a moment and that are settled: a statement is in force that
 * this node has signed, and it signs only after it has found all its own answers in it. Months without such a statement
 * stay, however old. The hub is asked about each of them once a day.
 */
export function createUsageSweep(
  context: UsageSweepContext,
  now: () => Date,
): (before: Date) => AsyncGenerator<number, void> {
  const askedOn = new Map<string, string>()
  const isSettled = async (month: string, agreement: Digest): Promise<boolean> => {
    const today = now().toISOString().slice(0, 'yyyy-mm-dd'.length)
    const about = `${month} ${agreement}`
    if (askedOn.get(about) === today) return false
    const holds = await holdsSignedStatement(context, month, agreement)
    if (!holds) askedOn.set(about, today)
    return holds
  }
  return async function* (before) {
    const end = before.toISOString().slice(0, 'yyyy-mm'.length)
    for (let month = await oldestMonth(context.database); month !== undefined && month < end; ) {
      yield* sweepMonth(context, month, isSettled)
      month = await oldestMonth(context.database, month)
    }
  }
}

async function* sweepMonth(
  { database }: UsageSweepContext,
  month: string,
  isSettled: (month: string, agreement: Digest) => Promise<boolean>,
): AsyncGenerator<number, void> {
  const settled = new Map<Digest, boolean>()
  for (let after: Id<'usage'> | undefined; ; ) {
    const rows = await settledPage(database, { month, after })
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.document.id
    const agreements = new Set(rows.map(({ document }) => document.agreement))
    for (const one of agreements) if (!settled.has(one)) settled.set(one, await isSettled(month, one))
    const ids = rows
      .filter(({ document }) => settled.get(document.agreement))
      .map(({ document }) => document.id)
    await dropUsage(database, ids)
    if (ids.length > 0) yield ids.length
    else await setImmediate()
  }
}

/** Tells whether the hub shows a statement in force for this month and these terms that this node has signed. */
async function holdsSignedStatement(
  { database, call, key }: UsageSweepContext,
  month: string,
  agreement: Digest,
): Promise<boolean> {
  const terms = await findInForce(database, agreement)
  if (!terms) return false
  const asked = { params: { month }, query: { agreement: terms.version } }
  const { inForce } = await call(hubEndpoints.getStatement, asked)
  if (inForce?.document.month !== month || inForce.document.agreement !== agreement) return false
  const own = inForce.signatures.find(signature => signature.key === key.publicKey)
  return own !== undefined && documentSignatureHolds(inForce.document, own)
}
