import { checkCases } from './check-cases.ts'
import { checkCharges } from './check-charges.ts'
import { checkLedgers } from './check-ledgers.ts'
import { checkLeftovers, checkLogs } from './check-machines.ts'
import { checkRuns } from './check-runs.ts'
import { checkSignatures } from './check-signatures.ts'
import type { Machine } from './machine.ts'
import type { People } from './people.ts'
import type { Prepared } from './prepared.ts'
import type { Trained } from './stub-engine.ts'
import type { Released } from './watch-releases.ts'
import { lives } from './world/life.ts'
import type { World } from './world/world.ts'

/** A consortium at the end of a schedule, healed. */
export interface Ended {
  readonly world: World
  readonly prepared: Prepared
  readonly machines: ReadonlyMap<string, Machine>
  readonly people: People
  readonly trained: readonly Trained[]
  /** The partners whose records have a privacy budget. */
  readonly budgeted: readonly string[]
  /** What nodes have told of their records. */
  readonly released: readonly Released[]
  readonly onWrong: (what: string) => void
}

/** What is told in the background is told by then. */
const toldMs = 30_000

/** Waits until everything that was begun is over, and looks at each promise. */
export async function checkPromises(ended: Ended): Promise<void> {
  await checkRuns(ended)
  await later(ended.world, toldMs)
  await checkCases(ended)
  checkCharges(ended)
  checkLedgers(ended)
  checkSignatures(ended)
  checkLogs(ended)
  await checkLeftovers(ended)
}

/** Waits for so much virtual time. */
export function later({ time }: World, ms: number): Promise<void> {
  return lives.run(undefined, () => new Promise(resolve => time.after(ms, resolve)))
}
