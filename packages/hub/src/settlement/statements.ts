import { broughtBy, makePagedStatement } from '@consort/agreements'
import {
  type Agreement,
  digestOfDocument,
  type Id,
  Refusal,
  type Statement,
  type StatementView,
  type UsagePage,
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
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import { sealPages } from './seal-pages.ts'
import { countSealed, pagesOfMonth } from './usage-page-store.ts'
import { countUnsealed, type SettledMonth, usageOfMonth } from './usage-store.ts'

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
  return { agreement, series: statementAbout(month, agreement) }
}

/** The series of the statements of a month under an agreement. */
export function statementAbout(month: string, { version }: Agreement): Series<Statement> {
  const about = `${month} under agreement ${version}`
  return { kind: 'statement', about, holds: document => document.kind === 'statement' }
}

/** Reads a month's statement with what it was worked out from: its usage events, or the pages that it names. */
export async function readStatement(database: HubDatabase, name: StatementName): Promise<StatementView> {
  const { series, agreement } = await statementSeries(database, name)
  const of = { agreement: digestOfDocument(agreement), month: name.month }
  const documents = await readCountersigned(database, series)
  const shown = (documents.proposed ?? documents.inForce)?.document
  const [sealed, unsealed] = [await countSealed(database, of), await countUnsealed(database, of)]
  const counted = shown?.lines.reduce((sum, { answers }) => sum + answers, 0) ?? 0
  return {
    ...documents,
    ...(await sourcesOf(database, of, shown)),
    uncounted: sealed.events + unsealed - counted,
  }
}

/** What a statement was worked out from. The pages that it names are the first ones of its month. */
async function sourcesOf(
  database: HubDatabase,
  of: SettledMonth,
  statement: Statement | undefined,
): Promise<Pick<StatementView, 'usage' | 'lineage'>> {
  if (statement === undefined) return { usage: [], lineage: [] }
  if ('pages' in statement) {
    const pages = (await pagesOfMonth(database, of)).slice(0, statement.pages.length)
    return { usage: [], lineage: await lineageOfPages(database, pages) }
  }
  const usage = await usageOfMonth(database, of)
  const versions = usage.map(({ document }) => document.version)
  return { usage, lineage: await lineageOf(database, versions) }
}

function lineageOfPages(
  database: HubDatabase,
  pages: readonly UsagePage[],
): Promise<StatementView['lineage']> {
  const versions = pages.flatMap(({ answers }) => answers.map(({ version }) => version))
  return lineageOf(database, versions)
}

async function lineageOf(
  database: HubDatabase,
  versions: readonly Id<'version'>[],
): Promise<StatementView['lineage']> {
  const each = [...new Set(versions)].sort()
  return await Promise.all(
    each.map(async version => ({ version, cards: await cardsOfVersion(database, version) })),
  )
}

/**
 * Works a month out and puts it up for signature, unless what is proposed or settled counts all that was told. What is
 * told after that is on a later page, and counted by the next proposal. Throws `state-conflict` for what was told after
 * all had signed.
 */
export async function proposeStatement(
  context: LogOwner & { readonly database: HubDatabase },
  name: StatementName,
): Promise<void> {
  const { database } = context
  if (await isWorkedOut(database, name)) return
  const { agreement } = await statementSeries(database, name)
  const of = { agreement: digestOfDocument(agreement), month: name.month }
  await sealPages(context, of)
  await database.transaction().execute(async transaction => {
    if (await isWorkedOut(transaction, name)) return
    await proposePages(context, transaction, name, await pagesOfMonth(transaction, of))
  })
}

async function proposePages(
  context: LogOwner,
  transaction: HubTransaction,
  name: StatementName,
  pages: readonly UsagePage[],
): Promise<void> {
  const { series, agreement } = await statementSeries(transaction, name)
  const statement = makePagedStatement({
    agreement,
    roster: await rosterOf(transaction, agreement.roster),
    month: name.month,
    pages,
    brought: broughtBy(await lineageOfPages(transaction, pages)),
  })
  const version = await nextVersion(transaction, series)
  await propose(context, transaction, series, { document: statement, version })
}

async function isWorkedOut(database: HubDatabase, name: StatementName): Promise<boolean> {
  const { inForce, proposed, uncounted } = await readStatement(database, name)
  if (uncounted === 0) return (proposed ?? inForce) !== null
  if (!inForce) return false
  throw new Refusal(
    'state-conflict',
    `The statement of ${name.month} is signed by all, and usage came in after that`,
    { hint: 'What is settled stays settled: settle the rest outside, and ask why the usage was told late.' },
  )
}
