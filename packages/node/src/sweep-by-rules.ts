import { sweepWebhooks } from '@consort/serving'
import {
  type BlobStore,
  type KeptDays,
  parseKeptDays,
  type SweepRows,
  sealLog,
  startSweeper,
} from '@consort/storage'
import type { Kysely } from 'kysely'
import { sweepDecided } from './agents/registry/sweep-decided.ts'
import { sweepConsultations } from './consultation/sweep-consultations.ts'
import { sweepReplaced } from './datasets/sweep-replaced.ts'
import type { SettlementContext } from './settlement/context.ts'
import { createUsageSweep } from './settlement/sweep-usage.ts'
import { sweepSums } from './sums/sweep-sums.ts'
import { sweepWork } from './sums/sweep-work.ts'
import type { NodeAndConsultationTables } from './tables/consultation-tables.ts'
import { type NodeRule, nodeKeepSettings } from './tables/keep-settings.ts'

/** What the rules of a node work with. */
interface NodeRulesContext extends Pick<SettlementContext, 'call' | 'key' | 'now' | 'log'> {
  readonly database: Kysely<NodeAndConsultationTables>
  readonly blobs: BlobStore
}

/** Sweeps by all rules of a node, now and every hour, until the stack ends. A node is alone on its database. */
export function sweepByRules(
  stack: AsyncDisposableStack,
  context: NodeRulesContext,
  {
    keep = parseKeptDays(nodeKeepSettings, {}),
    onSweeper,
    segmentEntries,
  }: {
    readonly keep?: Readonly<Record<NodeRule, KeptDays>> | undefined
    readonly onSweeper?: ((sweep: () => Promise<void>) => void) | undefined
    readonly segmentEntries?: number | undefined
  },
): void {
  const { database, now, log } = context
  const alone = <T>(_: string, work: () => Promise<T>): Promise<T> => work()
  startSweeper(stack, {
    database,
    now,
    log,
    alone,
    rules: rulesOf(context, segmentEntries),
    days: keep,
    onSweeper,
  })
}

function rulesOf(
  context: NodeRulesContext,
  entries: number | undefined,
): Readonly<Record<NodeRule, SweepRows>> {
  const { database, blobs, key, now } = context
  return {
    log: before => sealLog({ database, blobs, owner: key.publicKey, entries }, before),
    answers: before => sweepDecided(database, before),
    webhooks: before => sweepWebhooks(database, before),
    usage: createUsageSweep(context, now),
    cards: before => sweepReplaced(database, before),
    consultations: before => sweepConsultations(database, before),
    sums: before => sweepSums(database, before, now()),
    work: before => sweepWork({ database, blobs }, before),
  }
}
