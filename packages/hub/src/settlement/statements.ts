import { broughtBy, makeStatement } from '@consort/agreements'
import {
  type Agreement,
  digestOfDocument,
  Refusal,
  type Statement,
  type StatementView,
} from '@consort/protocol'
import { agreementSeries } from '../documents/agreement.ts'
import { propose } from '../documents/countersign.ts'
import {
  findDocument,
  nextVersion,
  readCountersigned,
  type Series,
} from '../documents/countersigned-store.ts'
import { rosterOf } from '../documents/roster.ts'
import type { LogOwner } from '../log/log-owner.ts'
import { cardsOfVersion } from '../runs/lineage/origin-of-version.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { usageOfMonth } from './usage-store.ts'

/** Which statement: of a month, under an edition of the agreement or the one in force. */
export interface StatementName {
  readonly month: string
  readonly agreement?: number | undefined
}

/**
 * Finds the series of a month's statements: one for each edition of the agreement under which agents answered.
 * Throws `agreement-unsigned`.
 */
export async function statementSeries(
  database: HubDatabase,
  { month, agreement: version }: StatementName,
): Promise<{ series: Series<Statement>; agreement: Agreement }> {
  const agreement = await findDocument(database, agreementSeries, {
    state: 'in-force',
    ...(version !== undefined && { version }),
  })
  if (!agreement) {
    throw new Refusal('agreement-unsigned', 'There is no such agreement that all have signed', {
      hint: '`consort agreement show` tells which one is in force.',
    })
  }
  const about = `${month} under agreement ${agreement.version}`
  return { agreement, series: { kind: 'statement', about, holds: document => document.kind === 'statement' } }
}

/** Reads a month's statement with the usage that counts for it. */
export async function readStatement(database: HubDatabase, name: StatementName): Promise<StatementView> {
  const { series, agreement } = await statementSeries(database, name)
  const digest = digestOfDocument(agreement)
  const all = await usageOfMonth(database, name.month)
  const usage = all.filter(({ document }) => document.agreement === digest)
  const versions = [...new Set(usage.map(({ document }) => document.version))].sort()
  const lineage = versions.map(async version => ({
    version,
    cards: await cardsOfVersion(database, version),
  }))
  return {
    ...(await readCountersigned(database, series)),
    usage,
    lineage: await Promise.all(lineage),
  }
}

/**
 * Works a month out and puts it up for signature, unless the same is proposed already. Throws `state-conflict`
 * once it is settled.
 */
export async function proposeStatement(
  context: LogOwner & { readonly database: HubDatabase },
  name: StatementName,
): Promise<void> {
  const { month } = name
  await context.database.transaction().execute(async transaction => {
    const { series, agreement } = await statementSeries(transaction, name)
    const view = await readStatement(transaction, name)
    const statement = makeStatement({
      agreement,
      roster: await rosterOf(transaction, agreement.roster),
      month,
      usages: view.usage.map(({ document }) => document),
      brought: broughtBy(view.lineage),
    })
    const digest = digestOfDocument(statement)
    if (view.inForce && digestOfDocument(view.inForce.document) === digest) return
    if (view.inForce) {
      throw new Refusal(
        'state-conflict',
        `The statement of ${month} is signed by all, and usage came in after that`,
        {
          hint: 'What is settled stays settled: settle the rest outside, and ask why the usage was told late.',
        },
      )
    }
    if (view.proposed && digestOfDocument(view.proposed.document) === digest) return
    const version = await nextVersion(transaction, series)
    await propose(context, transaction, series, { document: statement, version })
  })
}
