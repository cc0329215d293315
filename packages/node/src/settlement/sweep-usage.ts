import { setImmediate } from 'node:timers/promises'
import {
  type Digest,
  documentSignatureHolds,
  hubEndpoints,
  type Id,
  type RosterMember,
  type SignedStatement,
  signersOf,
} from '@consort/protocol'
import { findInForce } from '../hub/agreement-store.ts'
import { findRoster, latestRoster } from '../hub/roster-store.ts'
import type { SettlementContext } from './context.ts'
import { dropUsage, oldestMonth, type SettledUsage, settledPage } from './usage-store.ts'

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
  context: UsageSweepContext,
  month: string,
  settledOf: (month: string, agreement: Digest) => Promise<Settled>,
): AsyncGenerator<number, void> {
  const settled = new Map<Digest, Settled>()
  for await (const rows of settledInTurn(context, month)) {
    const agreements = new Set(rows.map(({ event }) => event.document.agreement))
    for (const one of agreements) if (!settled.has(one)) settled.set(one, await settledOf(month, one))
    const ids = rows
      .filter(({ event, isDone }) => mayGo(settled.get(event.document.agreement), isDone))
      .map(({ event }) => event.document.id)
    await dropUsage(context.database, ids)
    if (ids.length > 0) yield ids.length
  }
}

/** What the hub was told of a month, or refused, some at a time, with turns for everyone else. */
async function* settledInTurn(
  { database }: UsageSweepContext,
  month: string,
): AsyncGenerator<SettledUsage[], void> {
  for (let after: Id<'usage'> | undefined; ; await setImmediate()) {
    const rows = await settledPage(database, { month, after })
    after = rows.at(-1)?.event.document.id
    if (after === undefined) return
    yield rows
  }
}

function mayGo(settled: Settled | undefined, isDone: boolean): boolean {
  return settled === 'all' || (settled === 'counted' && isDone)
}

/**
 * What the statement that the hub shows for a month and these terms settles. Which one is in force is the hub's word,
 * so all have to have signed it who are in it and still on the roster, and it has to count as many answers of this node
 * as would go: not an earlier one that this node has signed, too.
 */
async function settledBySigned(
  context: UsageSweepContext,
  month: string,
  agreement: Digest,
): Promise<Settled> {
  const { database, call, key } = context
  const terms = await findInForce(database, agreement)
  if (!terms) return 'nothing'
  const asked = { params: { month }, query: { agreement: terms.version } }
  const { inForce } = await call(hubEndpoints.getStatement, asked)
  if (inForce?.document.month !== month || inForce.document.agreement !== agreement) return 'nothing'
  const own = inForce.signatures.find(signature => signature.key === key.publicKey)
  if (own === undefined || !documentSignatureHolds(inForce.document, own)) return 'nothing'
  const members = await membersAt(database, terms.roster)
  if (!(await haveAllSigned(database, inForce, members))) return 'nothing'
  const settled = 'pages' in inForce.document ? 'counted' : 'all'
  const self = members.find(member => member.key === key.publicKey)?.id
  const answers = inForce.document.lines.find(({ member }) => member === self)?.answers ?? 0
  return (await countGoing(context, { month, agreement }, settled)) <= answers ? settled : 'nothing'
}

async function haveAllSigned(
  database: UsageSweepContext['database'],
  statement: SignedStatement,
  members: readonly RosterMember[],
): Promise<boolean> {
  const latest = await latestRoster(database)
  const stillThere = new Set((latest ? await membersAt(database, latest.digest) : []).map(({ key }) => key))
  const signers = signersOf(statement)
  return statement.document.lines.every(({ member }) => {
    const key = members.find(({ id }) => id === member)?.key
    return key !== undefined && (signers.has(key) || !stillThere.has(key))
  })
}

/** Those on a roster that this node has checked; nobody for one that it has not. */
async function membersAt(
  database: UsageSweepContext['database'],
  digest: Digest,
): Promise<readonly RosterMember[]> {
  return (await findRoster(database, digest))?.document.members ?? []
}

/** How many answers under these terms would go that the hub has taken. */
async function countGoing(
  context: UsageSweepContext,
  { month, agreement }: { month: string; agreement: Digest },
  settled: Settled,
): Promise<number> {
  let count = 0
  for await (const rows of settledInTurn(context, month))
    count += rows.filter(
      ({ event, isDone, isRefused }) =>
        event.document.agreement === agreement && !isRefused && mayGo(settled, isDone),
    ).length
  return count
}
