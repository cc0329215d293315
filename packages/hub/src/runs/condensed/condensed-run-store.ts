import { type Exposure, exposureSchema } from '@consort/privacy'
import { type Id, nameSchema, type RoundView, roundViewSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'
import type { CardPart, CondensedCard, CondensedSum } from '../../tables/run-tables.ts'

const rounds = jsonColumn('condensed_run.round', roundViewSchema, { kept: 64 })
const exposures = jsonColumn<readonly Exposure[]>('condensed_run.exposures', z.array(exposureSchema))
const sums = jsonColumn<readonly CondensedSum[]>(
  'condensed_run.sums',
  z.array(z.object({ round: z.int(), survivors: z.array(nameSchema) })),
)

/** What is shown of a run once its rounds, tasks and sums went. */
export interface CondensedRun {
  /** The round of its result, or its last one; null where none began. */
  readonly round: RoundView | null
  /** What its opened sums said together with those before. */
  readonly exposures: readonly Exposure[]
}

/** Keeps what stays of a run. From now on its rounds, tasks and sums may go. */
export async function keepCondensed(
  transaction: HubTransaction,
  run: Id<'run'>,
  kept: CondensedRun & { readonly sums: readonly CondensedSum[]; readonly cards: readonly CondensedCard[] },
): Promise<void> {
  const columns = {
    round: rounds.writeOrNull(kept.round),
    exposures: exposures.write(kept.exposures),
    sums: sums.write(kept.sums),
  }
  await transaction
    .insertInto('condensed_run')
    .values({ run, ...columns })
    .execute()
  for (const { member, card, part } of kept.cards)
    await transaction.insertInto('condensed_card').values({ run, member, card, part }).execute()
}

/** Finds what stays of a run; undefined while its rows are whole. */
export async function findCondensed(
  database: HubDatabase,
  run: Id<'run'>,
): Promise<CondensedRun | undefined> {
  const row = await database
    .selectFrom('condensed_run')
    .select(['round', 'exposures'])
    .where('run', '=', run)
    .executeTakeFirst()
  return row && { round: rounds.readOrNull(row.round), exposures: exposures.read(row.exposures) }
}

/** Gives what stays of a run, or what its rows say while they are whole: they are read first, so that either is. */
export async function condensedOr<T>(
  database: HubDatabase,
  run: Id<'run'>,
  {
    condensed,
    rows,
  }: { condensed: (kept: CondensedRun) => T | Promise<T>; rows: (database: HubDatabase) => Promise<T> },
): Promise<T> {
  const said = await rows(database)
  const kept = await findCondensed(database, run)
  return kept ? await condensed(kept) : said
}

/** Gives who was in the opened sums of those of these runs that are condensed. */
export async function condensedSums(
  database: HubDatabase,
  runs: readonly Id<'run'>[],
): Promise<ReadonlyMap<Id<'run'>, readonly CondensedSum[]>> {
  if (runs.length === 0) return new Map()
  const rows = await database
    .selectFrom('condensed_run')
    .select(['run', 'sums'])
    .where('run', 'in', runs)
    .execute()
  return new Map(rows.map(({ run, sums: text }) => [run, sums.read(text)]))
}

/** Lists the cards of a condensed run whose records had one of these parts in it. */
export async function condensedCards(
  database: HubDatabase,
  run: Id<'run'>,
  parts: readonly CardPart[],
): Promise<Pick<CondensedCard, 'member' | 'card'>[]> {
  return await database
    .selectFrom('condensed_card')
    .select(['member', 'card'])
    .where('run', '=', run)
    .where('part', 'in', parts)
    .execute()
}

/** Returns true when a member had a task with this card in a run that is condensed. */
export async function hadTask(
  database: HubDatabase,
  { run, member, card }: { run: Id<'run'>; member: Id<'member'>; card: Id<'card'> },
): Promise<boolean> {
  const row = await database
    .selectFrom('condensed_card')
    .select('part')
    .where('run', '=', run)
    .where('member', '=', member)
    .where('card', '=', card)
    .executeTakeFirst()
  return row !== undefined
}

/** Of these cards, those that condensed runs were trained on: their models' lineage names them. */
export async function cardsTrainedOn(
  database: HubDatabase,
  cards: readonly Id<'card'>[],
): Promise<ReadonlySet<Id<'card'>>> {
  if (cards.length === 0) return new Set()
  const rows = await database
    .selectFrom('condensed_card')
    .select('card')
    .distinct()
    .where('card', 'in', cards)
    .where('part', '!=', 'evaluated')
    .execute()
  return new Set(rows.map(({ card }) => card))
}
