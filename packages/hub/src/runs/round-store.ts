import type { Id } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import { type RoundCandidate, roundCandidateSchema } from '../tables/round-candidate.ts'

const candidates = jsonColumn<readonly RoundCandidate[]>('round.candidates', z.array(roundCandidateSchema))

/** A round of a run: how its participants were drawn, and the version that it made. */
export interface Round {
  readonly run: Id<'run'>
  readonly round: number
  readonly alpha: number
  readonly candidates: readonly RoundCandidate[]
  readonly started: string
  readonly ended: string | null
  readonly version: Id<'version'> | null
}

/** Keeps a round that begins; one that is tried again begins anew. */
export async function beginRound(
  transaction: HubTransaction,
  { run, round, alpha, candidates: drawn, started }: Omit<Round, 'ended' | 'version'>,
): Promise<void> {
  const columns = { alpha, candidates: candidates.write(drawn), started, ended: null, version: null }
  await transaction
    .insertInto('round')
    .values({ run, round, ...columns })
    .onConflict(conflict => conflict.columns(['run', 'round']).doUpdateSet(columns))
    .execute()
}

/** Keeps the version that a round has made. */
export async function endRound(
  transaction: HubTransaction,
  { run, round }: Pick<Round, 'run' | 'round'>,
  { version, ended }: { version: Id<'version'>; ended: string },
): Promise<void> {
  await transaction
    .updateTable('round')
    .set({ version, ended })
    .where('run', '=', run)
    .where('round', '=', round)
    .execute()
}

/** Lists the rounds of a run from this one on. */
export async function roundsFrom(database: HubDatabase, run: Id<'run'>, fromRound: number): Promise<Round[]> {
  const rows = await database
    .selectFrom('round')
    .selectAll()
    .where('run', '=', run)
    .where('round', '>=', fromRound)
    .orderBy('round')
    .execute()
  return rows.map(row => ({ ...row, candidates: candidates.read(row.candidates) }))
}

/** Deletes up to `limit` rounds of a run that is condensed, and says how many went. */
export async function dropRounds(
  transaction: HubTransaction,
  run: Id<'run'>,
  limit: number,
): Promise<number> {
  const rows = await transaction
    .selectFrom('round')
    .select('round')
    .where('run', '=', run)
    .orderBy('round')
    .limit(limit)
    .execute()
  const numbers = rows.map(({ round }) => round)
  if (numbers.length > 0)
    await transaction.deleteFrom('round').where('run', '=', run).where('round', 'in', numbers).execute()
  return numbers.length
}
