import { createId, type SignedTask, signDocument, type Task } from '@consort/protocol'
import { countAsked } from '../members/member-store.ts'
import type { MemberWithCard } from '../members/members-with-cards.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import type { RunContext } from './context.ts'
import type { RunRecord } from './run-store.ts'
import { insertTask } from './tasks/task-store.ts'
import { versionWeights } from './version-store.ts'

/** Makes and signs one task for each member; they come for them on their own. */
export async function openTasks(
  context: Pick<RunContext, 'key' | 'entropy' | 'now'>,
  transaction: HubTransaction,
  run: RunRecord,
  of: { work: Task['work']; round: number; members: readonly MemberWithCard[] },
): Promise<void> {
  const { federation } = run.recipe
  const weights = await versionWeights(transaction, run.version)
  const seconds = of.work === 'train' ? federation.roundWithinSeconds : federation.evaluateWithinSeconds
  for (const member of of.members) {
    const document: Task = {
      kind: 'task',
      id: createId('task', context.entropy),
      work: of.work,
      run: run.id,
      round: of.round,
      rounds: federation.rounds,
      member: member.id,
      card: member.card!.id,
      roster: run.rosterDigest,
      agreement: run.agreementDigest,
      recipe: run.recipeDigest,
      weights,
      withinMs: Math.ceil(seconds * 1000),
    }
    const signed: SignedTask = { document, signatures: [signDocument(document, context.key)] }
    await insertTask(transaction, signed, { version: run.version, opened: context.now().toISOString() })
    if (of.work === 'train') await countAsked(transaction, member.id)
  }
}
