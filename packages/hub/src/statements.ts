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
import { cardsOfVersion } from './runs/lineage/origin-of-version.ts'
import type { HubTables } from './tables.ts'

/** Which statement: of a month, under a version of the agreement or the one in force. */
export interface StatementName {
  readonly month: string
  readonly agreement?: number | undefined
}

/** A month has one statement for each version of the agreement under which agents answered. */
export async function statementSeries(
  database: Kysely<HubTables>,
  { month, agreement: version }: StatementName,
): Promise<{ series: Series; agreement: Agreement }> {
  const agreement =
    version === undefined
      ? (await readAgreement(database)).inForce?.document
      : await agreementOfVersion(database, version)
  if (!agreement) {
    throw new Refusal('agreement-unsigned', 'There is no such agreement that all have signed', {
      hint: '`consort agreement show` tells which one is in force.',
    })
  }
  return { agreement, series: { kind: 'statement', about: `${month} under agreement ${agreement.version}` } }
}

async function agreementOfVersion(
  database: Kysely<HubTables>,
  version: number,
): Promise<Agreement | undefined> {
  const row = await database
    .selectFrom('countersigned')
    .select('document')
    .where('kind', '=', 'agreement')
    .where('state', '=', 'in-force')
    .where('version', '=', version)
    .executeTakeFirst()
  return row && (JSON.parse(row.document) as Agreement)
}

/** With the usage that counts for it. */
export async function readStatement(
  database: Kysely<HubTables>,
  name: StatementName,
): Promise<StatementView> {
  const { month } = name
  const { series, agreement } = await statementSeries(database, name)
  const digest = digestOfDocument(agreement)
  const rows = await database
    .selectFrom('usage')
    .select('signed')
    .where('month', '=', month)
    .orderBy('id')
    .execute()
  const usage = rows
    .map(row => JSON.parse(row.signed) as SignedUsage)
    .filter(({ document }) => document.agreement === digest)
  const versions = [...new Set(usage.map(({ document }) => document.version))].sort()
  const lineage = versions.map(async version => ({
    version,
    cards: await cardsOfVersion(database, version),
  }))
  return {
    ...(await readCountersigned<Statement>(database, series)),
    usage,
    lineage: await Promise.all(lineage),
  }
}

/** Works a month out and puts it up for signature, unless the same is proposed already. */
export async function proposeStatement(context: HubContext, name: StatementName): Promise<void> {
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

async function rosterOf(transaction: HubTransaction, digest: Digest): Promise<Roster> {
  const { document } = await transaction
    .selectFrom('countersigned')
    .select('document')
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  return JSON.parse(document) as Roster
}
