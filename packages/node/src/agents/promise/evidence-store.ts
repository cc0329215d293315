import {
  calibrationOf,
  type ErrorWatch,
  type ExchangeabilityWatch,
  errorWatchSchema,
  exchangeabilityWatchSchema,
  type Guarantee,
  guaranteeSchema,
  type HeldOutLabel,
  heldOutLabelSchema,
  type KeptCalibration,
  keptCalibration,
  keptCalibrationSchema,
  type VersionEvidence,
} from '@consort/agents'
import { guaranteeViewSchema, type Id, Refusal } from '@consort/protocol'
import { laterOf } from '@consort/review'
import { jsonColumn } from '@consort/storage'
import type { Selectable, Transaction } from 'kysely'
import type { AgentReader, AgentTables, WithdrawnBy } from '../../tables/agent-tables.ts'

const calibrationColumn = jsonColumn<KeptCalibration>('standing.calibration', keptCalibrationSchema)
const heldOutColumn = jsonColumn<readonly HeldOutLabel[]>('standing.held_out', heldOutLabelSchema.array())
const guaranteeColumn = jsonColumn<Guarantee>('standing.guarantee', guaranteeSchema)
const afterColumn = jsonColumn<WithdrawnBy>('standing.after', guaranteeViewSchema.shape.after.unwrap())
const errorWatchColumn = jsonColumn<ErrorWatch>('standing.error_watch', errorWatchSchema)
const populationColumn = jsonColumn<ExchangeabilityWatch>(
  'standing.population_watch',
  exchangeabilityWatchSchema,
)

/** Reads the evidence of a version. Throws `not-found` for one that the agent neither serves nor tries out. */
export async function readEvidence(
  database: AgentReader,
  { agent, version }: { agent: string; version: Id<'version'> },
): Promise<VersionEvidence> {
  const found = await findEvidence(database, { agent, version })
  if (found) return found
  throw new Refusal('not-found', `The agent ${agent} does not serve ${version}`, {
    hint: 'Put it again with `consort agent put`.',
  })
}

/** Reads as `readEvidence` does; undefined for one that is no more, such as that of a challenger that was withdrawn. */
export async function findEvidence(
  database: AgentReader,
  { agent, version }: { agent: string; version: Id<'version'> },
): Promise<VersionEvidence | undefined> {
  const row = await database
    .selectFrom('standing')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .executeTakeFirst()
  return row && evidenceOf(row)
}

/** Keeps all that is known of a version, in place of what was known. */
export async function keepVersionEvidence(
  transaction: Transaction<AgentTables>,
  calibrated: VersionEvidence,
): Promise<void> {
  const { agent, version, ...columns } = rowOf(calibrated)
  await transaction
    .insertInto('standing')
    .values({ agent, version, ...columns })
    .onConflict(conflict => conflict.columns(['agent', 'version']).doUpdateSet(columns))
    .execute()
}

/** Keeps what labels have moved, and nothing else: what cases look like is counted meanwhile. */
export async function keepEvidence(
  transaction: Transaction<AgentTables>,
  calibrated: VersionEvidence,
): Promise<void> {
  const { agent, version, guarantee, stage, weighed_to, watched_to, error_watch } = rowOf(calibrated)
  await transaction
    .updateTable('standing')
    .set({ guarantee, stage, weighed_to, watched_to, error_watch })
    .where('agent', '=', agent)
    .where('version', '=', version)
    .execute()
}

/** Keeps how many cases a guarantee has decided, and what they looked like; nothing where another one has begun. */
export async function keepPopulation(
  database: AgentReader,
  {
    agent,
    version,
    number,
    cases,
    populationWatch,
  }: Pick<VersionEvidence, 'agent' | 'version' | 'number' | 'cases' | 'populationWatch'>,
): Promise<void> {
  await database
    .updateTable('standing')
    .set({ cases, population_watch: populationColumn.write(populationWatch) })
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('number', '=', number)
    .execute()
}

/** Reads the evidence of every version that an agent serves or tries out. */
export async function evidenceOfAll(database: AgentReader, agent: string): Promise<VersionEvidence[]> {
  const rows = await database.selectFrom('standing').selectAll().where('agent', '=', agent).execute()
  return rows.map(evidenceOf)
}

/** Forgets a version that an agent does not try out any more. */
export async function dropEvidence(
  transaction: Transaction<AgentTables>,
  agent: string,
  version: Id<'version'>,
): Promise<void> {
  await transaction.deleteFrom('standing').where('agent', '=', agent).where('version', '=', version).execute()
}

/** Forgets all versions of an agent, which is about to be put anew. */
export async function dropAllEvidence(transaction: Transaction<AgentTables>, agent: string): Promise<void> {
  await transaction.deleteFrom('standing').where('agent', '=', agent).execute()
}

/** Gives the number of the agent's last guarantee, of whichever version; 0 where there was none. */
export async function lastNumber(database: AgentReader, agent: string): Promise<number> {
  const { last } = await database
    .selectFrom('standing')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('agent', '=', agent)
    .executeTakeFirstOrThrow()
  return Number(last ?? 0)
}

/** Gives the last case that any version's labels were weighed to, or watched; null where none was. */
export async function lastWeighed(database: AgentReader): Promise<Id<'case'> | null> {
  const rows = await database.selectFrom('standing').select(['weighed_to', 'watched_to']).execute()
  return rows
    .flatMap(({ weighed_to, watched_to }) => [weighed_to, watched_to])
    .reduce<Id<'case'> | null>(laterOf, null)
}

type EvidenceRow = Selectable<AgentTables['standing']>

function rowOf(calibrated: VersionEvidence): EvidenceRow {
  return {
    agent: calibrated.agent,
    version: calibrated.version,
    calibrated: calibrated.calibrated,
    calibration: calibrationColumn.write(keptCalibration(calibrated.calibration)),
    held_out: heldOutColumn.write(calibrated.heldOut),
    guarantee: guaranteeColumn.write(calibrated.guarantee),
    number: calibrated.number,
    began: calibrated.began,
    stage: calibrated.stage,
    after: afterColumn.writeOrNull(calibrated.after),
    weighed_to: calibrated.weighedTo,
    watched_to: calibrated.watchedTo,
    error_watch: errorWatchColumn.write(calibrated.errorWatch),
    cases: calibrated.cases,
    population_watch: populationColumn.write(calibrated.populationWatch),
  }
}

function evidenceOf(row: EvidenceRow): VersionEvidence {
  return {
    agent: row.agent,
    version: row.version,
    calibrated: row.calibrated,
    calibration: calibrationOf(calibrationColumn.read(row.calibration)),
    heldOut: heldOutColumn.read(row.held_out),
    guarantee: guaranteeColumn.read(row.guarantee),
    number: row.number,
    began: row.began,
    stage: row.stage,
    after: afterColumn.readOrNull(row.after),
    weighedTo: row.weighed_to,
    watchedTo: row.watched_to,
    errorWatch: errorWatchColumn.read(row.error_watch),
    cases: row.cases,
    populationWatch: populationColumn.read(row.population_watch),
  }
}
