import { createId, type SignedTask, signDocument, type Task } from '@consort/protocol'
import type { HubContext, HubTransaction } from '../context.ts'
import type { MemberWithCard } from '../members.ts'
import { type RunRecord, versionWeights } from './run-record.ts'

/** Makes and signs one task for each member; they come for them on their own. */
export async function openTasks(
  context: HubContext,
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
    const row = {
      id: document.id,
      run: run.id,
      round: of.round,
      member: member.id,
      card: document.card,
      work: of.work,
      version: run.version,
      signed: JSON.stringify(signed),
      state: 'open',
      opened: context.now().toISOString(),
      settled: null,
      manifest: null,
      update_digest: null,
      loss: null,
      weight: null,
      metrics: null,
      failure: null,
    }
    await transaction.insertInto('task').values(row).execute()
    if (of.work === 'train') {
      await transaction
        .updateTable('member')
        .set(({ eb }) => ({ asked: eb('asked', '+', 1) }))
        .where('id', '=', member.id)
        .execute()
    }
  }
}
