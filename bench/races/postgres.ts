import assert from 'node:assert/strict'
import { postgresBin, startPostgres } from '@consort/storage/testing/postgres-server'
import { quantile, racePairs } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { measureEmptyRounds } from '../round/empty-rounds.ts'

/** What a hub pays for keeping its tables in a server: an empty round beside one on the embedded database. */
export const postgres: Race = {
  name: 'postgres',
  summary: 'an empty round of a hub on PostgreSQL, against the same hub on SQLite',
  run,
  tryOut,
}

/** How much longer a round may take on PostgreSQL. */
const goal = 1.5

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const rounds = quick ? { rounds: 5, warmUp: 2 } : { rounds: 20, warmUp: 5 }
  await using server = await startPostgres()
  const medianOf = async (databaseUrl?: string): Promise<number> => {
    const times = await measureEmptyRounds({ ...rounds, ...(databaseUrl !== undefined && { databaseUrl }) })
    say(`${databaseUrl === undefined ? 'SQLite' : 'PostgreSQL'}: ${times.join(' ')} ms`)
    return quantile(times, 0.5)
  }
  const pairs = { pairs: quick ? 1 : 5, pairsMin: 1, budgetSeconds: 600 }
  const onServer = async () => await medianOf(await server.createDatabase())
  const { ours, theirs, ratio, quartiles, pairs: count } = await racePairs(onServer, () => medianOf(), pairs)
  const row = { race: postgres.name, case: 'empty round vs sqlite', peer: 'SQLite', unit: 'ms' }
  return [{ ...row, ours, theirs, ratio, goal, met: ratio <= goal, quartiles, pairs: count }]
}

async function tryOut(): Promise<void> {
  if (postgresBin() === undefined) return
  await using server = await startPostgres()
  const times = await measureEmptyRounds({ rounds: 1, warmUp: 0, databaseUrl: await server.createDatabase() })
  assert.equal(times.length, 1)
}
