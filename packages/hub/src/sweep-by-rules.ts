import type { KeyPair } from '@consort/protocol'
import {
  type BlobStore,
  type KeptDays,
  parseKeptDays,
  type Replicas,
  type SweepRows,
  sealLog,
  startSweeper,
} from '@consort/storage'
import type { Logger } from 'pino'
import { sweepCards } from './members/sweep-cards.ts'
import { namedCards } from './runs/condensed/named-cards.ts'
import { sweepResults } from './runs/condensed/sweep-results.ts'
import { sweepRuns } from './runs/condensed/sweep-runs.ts'
import { sweepUsage } from './settlement/sweep-usage.ts'
import { wasUsedSince } from './settlement/used-versions.ts'
import { sweepSurveySums } from './surveys/sweep-survey-sums.ts'
import type { HubDatabase } from './tables/hub-tables.ts'
import { type HubRule, hubKeepSettings } from './tables/keep-settings.ts'

/** What the rules of a hub work with. */
interface HubRulesContext {
  readonly key: Pick<KeyPair, 'publicKey'>
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly now: () => Date
  readonly alone: Replicas['alone']
  readonly log: Logger
}

/** Sweeps by all rules of a hub, now and every hour, until the stack ends. */
export function sweepByRules(
  stack: AsyncDisposableStack,
  context: HubRulesContext,
  {
    keep = parseKeptDays(hubKeepSettings, {}),
    onSweeper,
    segmentEntries,
  }: {
    readonly keep?: Readonly<Record<HubRule, KeptDays>> | undefined
    readonly onSweeper?: ((sweep: () => Promise<void>) => void) | undefined
    readonly segmentEntries?: number | undefined
  },
): void {
  startSweeper(stack, { ...context, rules: rulesOf(context, segmentEntries), days: keep, onSweeper })
}

function rulesOf(
  { key, database, blobs }: HubRulesContext,
  entries: number | undefined,
): Readonly<Record<HubRule, SweepRows>> {
  return {
    log: before => sealLog({ database, blobs, owner: key.publicKey, entries }, before),
    cards: before => sweepCards(database, before, namedCards),
    usage: before => sweepUsage({ database, blobs }, before),
    // After the cards: while a run is condensed its tasks' cards are read.
    async *runs(before) {
      yield* sweepRuns({ database, blobs }, before)
      yield* sweepSurveySums(database, before)
      yield* sweepResults({ database, blobs }, before, wasUsedSince)
    },
  }
}
