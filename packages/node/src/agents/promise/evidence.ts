import type { Calibrator, ConformalFit, ErrorWatch, ExchangeabilityWatch, Guarantee } from '@consort/agents'
import { type AgentView, type Id, Refusal } from '@consort/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { AgentTables, AllTables } from '../../tables/agent-tables.ts'

/** How a version makes probabilities: fitted on other records than those that its gate has seen. Plain JSON. */
export interface VersionCalibration {
  readonly calibrator: Calibrator
  /** Null without records: every class may be right then. */
  readonly conformal: ConformalFit | null
  /** Held-out records for all of it, the gate included. */
  readonly records: number
  /** Confidences, ascending, of the records that gave the thresholds. */
  readonly confidences: readonly number[]
  /** Digest of the file whose records were held out: a withdrawn promise takes nothing from these again. */
  readonly source: string
  /** δ of one guarantee for one policy: less than the agent's where it has more than one chance to break. */
  readonly delta: number
}

/** A held-out record as the gate saw it. */
export interface HeldOutLabel {
  readonly confidence: number
  readonly class: string
  readonly isWrong: boolean
}

/** What an agent knows of a version that it serves or tries out: its calibration, and the life of its promise. */
export interface CalibratedVersion {
  readonly agent: string
  readonly version: Id<'version'>
  /** When it was calibrated: answers name it. */
  readonly calibrated: string
  readonly calibration: VersionCalibration
  readonly guarantee: Guarantee
  /** Counts the guarantees of this agent. */
  readonly number: number
  readonly began: string
  readonly after: AgentView['guarantee']['after']
  /** Of the policy: see `policy-of.ts`. */
  readonly stage: number
  /** The last case whose label was weighed, and the last audited answer that the watch has seen. */
  readonly weighedTo: string | null
  readonly watchedTo: string | null
  readonly errorWatch: ErrorWatch
}

/** What is read and written with it only where labels are weighed anew. */
export interface VersionEvidence extends CalibratedVersion {
  readonly heldOut: readonly HeldOutLabel[]
  /** Decided since the version was put; how fast β grows goes by it. */
  readonly cases: number
  readonly populationWatch: ExchangeabilityWatch
}

type Reader = Kysely<AllTables> | Transaction<AllTables>

/** Throws `not-found` for a version that the agent neither serves nor tries out. */
export async function readEvidence(
  database: Reader,
  { agent, version }: { agent: string; version: string },
): Promise<VersionEvidence> {
  const found = await findEvidence(database, { agent, version })
  if (found) return found
  throw new Refusal('not-found', `The agent ${agent} does not serve ${version}`, {
    hint: 'Put it again with `consort agent put`.',
  })
}

/** As `readEvidence`; undefined for one that is no more, such as that of a challenger that was withdrawn. */
export async function findEvidence(
  database: Reader,
  { agent, version }: { agent: string; version: string },
): Promise<VersionEvidence | undefined> {
  const row = await database
    .selectFrom('standing')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .executeTakeFirst()
  return row && standingOf(row)
}

export async function keepVersionEvidence(
  transaction: Transaction<AllTables>,
  calibrated: VersionEvidence,
): Promise<void> {
  const { agent, version, ...columns } = rowOf(calibrated)
  await transaction
    .insertInto('standing')
    .values({ agent, version, ...columns })
    .onConflict(conflict => conflict.columns(['agent', 'version']).doUpdateSet(columns))
    .execute()
}

/** What labels have moved, and nothing else: what cases look like is counted meanwhile. */
export async function keepEvidence(
  transaction: Transaction<AllTables>,
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

/** How many cases a guarantee has decided, and what they looked like; nothing where another one has begun. */
export async function keepPopulation(
  database: Reader,
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
    .set({ cases, population_watch: JSON.stringify(populationWatch) })
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('number', '=', number)
    .execute()
}

/** Of every version that an agent serves or tries out. */
export async function evidenceOfAll(database: Reader, agent: string): Promise<VersionEvidence[]> {
  const rows = await database.selectFrom('standing').selectAll().where('agent', '=', agent).execute()
  return rows.map(standingOf)
}

export async function dropEvidence(
  transaction: Transaction<AllTables>,
  agent: string,
  version: string,
): Promise<void> {
  await transaction.deleteFrom('standing').where('agent', '=', agent).where('version', '=', version).execute()
}

/** The number of the agent's last guarantee, of whichever version; 0 where there was none. */
export async function lastNumber(database: Reader, agent: string): Promise<number> {
  const { last } = await database
    .selectFrom('standing')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('agent', '=', agent)
    .executeTakeFirstOrThrow()
  return Number(last ?? 0)
}

function rowOf(calibrated: VersionEvidence): Selectable<AgentTables['standing']> {
  return {
    agent: calibrated.agent,
    version: calibrated.version,
    calibrated: calibrated.calibrated,
    calibration: JSON.stringify(calibrated.calibration, infinite),
    held_out: JSON.stringify(calibrated.heldOut),
    guarantee: JSON.stringify(calibrated.guarantee),
    number: calibrated.number,
    began: calibrated.began,
    stage: calibrated.stage,
    after: calibrated.after && JSON.stringify(calibrated.after),
    weighed_to: calibrated.weighedTo,
    watched_to: calibrated.watchedTo,
    error_watch: JSON.stringify(calibrated.errorWatch),
    cases: calibrated.cases,
    population_watch: JSON.stringify(calibrated.populationWatch),
  }
}

function standingOf(row: Selectable<AgentTables['standing']>): VersionEvidence {
  return {
    agent: row.agent,
    version: row.version as Id<'version'>,
    calibrated: row.calibrated,
    calibration: JSON.parse(row.calibration, finite),
    heldOut: JSON.parse(row.held_out),
    guarantee: JSON.parse(row.guarantee),
    number: row.number,
    began: row.began,
    stage: row.stage,
    after: row.after === null ? null : JSON.parse(row.after),
    weighedTo: row.weighed_to,
    watchedTo: row.watched_to,
    errorWatch: JSON.parse(row.error_watch),
    cases: row.cases,
    populationWatch: JSON.parse(row.population_watch),
  }
}

/** JSON has no infinity, which is the cutoff of a class with too few records. */
const infinite = (_: string, value: unknown): unknown =>
  value === Number.POSITIVE_INFINITY ? 'infinity' : value
const finite = (_: string, value: unknown): unknown =>
  value === 'infinity' ? Number.POSITIVE_INFINITY : value
