import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, type Id } from '@consort/protocol'
import { insertCard } from '../members/card-store.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { promote } from './promote.ts'
import { readRun } from './run-store.ts'
import { insertTask, settleTask } from './tasks/task-store.ts'
import { currentVersion, insertVersion, makeCurrent, versionWeights } from './version-store.ts'

const at = new Date(0)
const versions: readonly Id<'version'>[] = ['ver_0000000000000001', 'ver_0000000000000002']

/** Which version is current after one that was right on so many of 100 test records is followed by another. */
async function currentAfter(before: number | null, after: number | null): Promise<'before' | 'after'> {
  await using hub = await openHubDatabase()
  const { database, task } = hub
  const { run: id, member } = task.document
  const run = await readRun(database, id)
  const { name } = run
  await database.transaction().execute(async transaction => {
    const card: Id<'card'> = 'crd_0000000000000001'
    const contents = { kind: 'table' as const, columns: [] }
    const size = { trainExamples: 0, evaluationExamples: 100 }
    const document = { kind: 'data-card', id: card, member, dataset: 'd', role: 'test' } as const
    await insertCard(transaction, { document: { ...document, contents, ...size }, signatures: [] }, at)
    const weights = await versionWeights(transaction, run.version)
    for (const [index, right] of [before, after].entries()) {
      const [version, round] = [versions[index]!, index + 1]
      await insertVersion(transaction, {
        id: version,
        run: id,
        round,
        name,
        created: at.toISOString(),
        weights,
      })
      if (right === null) continue
      const evaluation: Id<'task'> = `tsk_000000000000000${round}`
      const asked = { ...task.document, id: evaluation, round, card, work: 'evaluate' as const }
      await insertTask(transaction, { ...task, document: asked }, { version, opened: at.toISOString() })
      const metrics = { examples: 100, values: { accuracy: right / 100 } }
      await settleTask(transaction, evaluation, { state: 'received', metrics, at })
    }
    await makeCurrent(transaction, { id: versions[0]!, name })
    const log = { key: createKeyPair(), now: () => at }
    await promote(log, transaction, run, { id: versions[1]!, round: 2 })
  })
  return (await currentVersion(database, name))?.id === versions[0] ? 'before' : 'after'
}

test('a model takes the place of the one before when it is as good on the test sets, or better', async () => {
  assert.equal(await currentAfter(90, 91), 'after')
  assert.equal(await currentAfter(90, 90), 'after')
  assert.equal(await currentAfter(90, 89), 'before')
})

test('where there never were test sets the newer model is taken; where those who judged are away, the older stays', async () => {
  assert.equal(await currentAfter(null, null), 'after')
  assert.equal(await currentAfter(null, 10), 'after')
  assert.equal(await currentAfter(90, null), 'before')
})
