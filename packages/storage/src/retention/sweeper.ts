import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Replicas } from '../replicas/replicas.ts'
import { watchClock } from './clock-watch.ts'
import type { KeptDays } from './keep-setting.ts'
import { latestSweep, noteAlways, noteCut, noteSwept, type RetentionTables } from './sweep-store.ts'

/**
 * Deletes or archives what is older than a moment, in transactions of at most `rowsAtOnce` rows, and says after each
 * how many went. Other queries have their turn in between.
 */
export type SweepRows = (before: Date) => AsyncIterable<number>

/** How many rows a rule deletes at once: some milliseconds of work. */
export const rowsAtOnce = 500

const dayMs = 24 * 3_600_000
const everyMs = 3_600_000

/** What a sweeper works with. */
export interface SweeperSetup {
  readonly database: Kysely<RetentionTables>
  readonly rules: Readonly<Record<string, SweepRows>>
  /** One that nothing is said of keeps everything. */
  readonly days: Readonly<Record<string, KeptDays>>
  readonly now: () => Date
  /** A clock that nobody sets, in milliseconds: by it a jump of the other one is seen. */
  readonly steadyMs?: (() => number) | undefined
  /** One replica of a hub sweeps at a time. */
  readonly alone: Replicas['alone']
  readonly log: { warn(entry: object, message: string): void; info(entry: object, message: string): void }
  /** A test that has a clock of its own says itself when to sweep. */
  readonly onSweeper?: ((sweep: () => Promise<void>) => void) | undefined
}

/**
 * Sweeps by all rules now, in the background, and every hour, until the stack ends; not while the clock has just jumped
 * by days, or when nothing tells whether it has: then an hour later, if it goes on.
 */
export function startSweeper(stack: AsyncDisposableStack, setup: SweeperSetup): void {
  const ending = new AbortController()
  let sweeping: Promise<unknown> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    await setup.alone('retention', () => sweepAll(setup, ending.signal))
  }
  const isSteady = watchClock({ steadyMs: () => performance.now(), ...setup })
  const sweepIfSteady = async (): Promise<void> => {
    if (isSteady(await latestSweep(setup.database))) await sweep()
    else setup.log.warn({ now: setup.now() }, 'retention-waits-for-clock')
  }
  const look = (): void => {
    sweeping = sweeping
      .then(sweepIfSteady)
      .catch(error => setup.log.warn({ error: String(error) }, 'retention-failed'))
  }
  const timer = setInterval(look, everyMs).unref()
  stack.defer(async () => {
    clearInterval(timer)
    ending.abort()
    await sweeping
  })
  if (setup.onSweeper) setup.onSweeper(sweep)
  else look()
}

/** One rule that fails, such as one that waits for the hub, keeps no other from its work. */
async function sweepAll(setup: SweeperSetup, signal: AbortSignal): Promise<void> {
  for (const [rule, sweep] of Object.entries(setup.rules)) {
    if (signal.aborted) return
    try {
      await sweepBy(setup, { rule, sweep, days: setup.days[rule] ?? 'always' }, signal)
    } catch (error) {
      setup.log.warn({ rule, error: String(error) }, 'retention-failed')
    }
  }
}

async function sweepBy(
  { database, now, log }: SweeperSetup,
  { rule, sweep, days }: { rule: string; sweep: SweepRows; days: KeptDays },
  signal: AbortSignal,
): Promise<void> {
  const at = now()
  if (days === 'always') return await noteAlways(database, rule, at.toISOString())
  const before = new Date(at.getTime() - days * dayMs)
  await noteCut(database, rule, { days, until: before.toISOString(), at: at.toISOString() })
  let rows = 0
  for await (const gone of sweep(before)) {
    await noteSwept(database, rule, gone)
    rows += gone
    if (signal.aborted) return
    await setImmediate()
  }
  if (rows > 0) log.info({ rule, rows }, 'retention-swept')
}
