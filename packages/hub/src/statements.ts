import { broughtBy, makeStatement } from '@consort/agreements'
import {
  type Agreement,
  type Digest,
  digestOfDocument,
  Refusal,
  type Roster,
  type SignedUsage,
  type Statement,
  type StatementView,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import { readAgreement } from './agreement.ts'
import type { HubContext, HubTransaction } from './context.ts'
import { nextVersion, propose, readCountersigned, type Series } from './countersigned.ts'
import { cardsOfVersion } from './handlers/models/origin-of-version.ts'
import type { HubTables } from './tables.ts'

/** A month has one statement for each version of the agreement under which agents answered. */
export async function statementSeries(
  database: Kysely<HubTables>,
  month: string,
): Promise<{ series: Series; agreement: Agreement }> {
  const agreement = (await readAgreement(database)).inForce?.document
  if (!agreement)
    throw new Refusal('agreement-unsigned', 'Without an agreement there is nothing to divide by')
  return { agreement, series: { kind: 'statement', about: `${month} under agreement ${agreement.version}` } }
}

export async function readStatement(database: Kysely<HubTables>, month: string): Promise<StatementView> {
  const { series } = await statementSeries(database, month)
  const rows = await database
    .selectFrom('usage')
    .select(['signed', 'version'])
    .where('month', '=', month)
    .orderBy('id')
    .execute()
  const versions = [...new Set(rows.map(row => row.version))].sort()
  const lineage = versions.map(async version => ({
    version: version as StatementView['lineage'][number]['version'],
    cards: await cardsOfVersion(database, version),
  }))
  return {
    ...(await readCountersigned<Statement>(database, series)),
    usage: rows.map(row => JSON.parse(row.signed) as SignedUsage),
    lineage: await Promise.all(lineage),
  }
}

/** Works a month out and puts it up for signature, unless the same is proposed already. */
export async function proposeStatement(context: HubContext, month: string): Promise<void> {
  await context.database.transaction().execute(async transaction => {
    const { series, agreement } = await statementSeries(transaction, month)
    const view = await readStatement(transaction, month)
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

async function rosterOf(transaction: HubTransaction, digest: Digest): Promise<Roster> {
  const { document } = await transaction
    .selectFrom('countersigned')
    .select('document')
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  return JSON.parse(document) as Roster
}
