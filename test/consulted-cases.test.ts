import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CaseView, type Id, nodeEndpoints } from '@consort/protocol'
import { freshRecords, holderOf, rarely, review, unwatched } from './asking.ts'
import {
  classes,
  consultingRecipe,
  mayAsk,
  mayBeAsked,
  openConsulting,
  restart,
  setPolicy,
} from './consulting.ts'
import type { Network } from './network.ts'

const lenient = { alpha: 0.6, delta: 0.5, audit: rarely, ...unwatched }
const params = { agent: 'triage' }
const atOnce = 16

/** Whether the partner has been heard about a case of a's. */
function adviceOn({ directory }: Network, id: string): boolean {
  const database = new DatabaseSync(join(directory, 'a', 'node.sqlite'))
  const row = database.prepare('select advice from asked_case where id = ?').get(id)
  database.close()
  return row?.advice !== null
}

/** A version that says "ill" of the well: no label ever opens its gate. */
async function trainOnFlipped(network: Network): Promise<Id<'version'>> {
  const path = join(network.directory, 'flipped.csv')
  const [well, ill] = classes
  const lines = readFileSync(join(network.directory, 'c.csv'), 'utf8').split('\n')
  const flipped = lines.map(line => (line.endsWith(ill) ? line.replace(ill, well) : line.replace(well, ill)))
  writeFileSync(path, flipped.join('\n'))
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset('c', { dataset: 'plane', source, validation: 0.3 })
  const run = await network.awaitRun(
    await network.startRun({ ...consultingRecipe, federation: { rounds: 2, partnersMin: 1 } }, ['c']),
  )
  assert.equal(run.phase, 'done', run.reason ?? '')
  return run.result!
}

test('what a partner says is a suggestion until labels open a gate for it; then it is told, and still audited', async () => {
  await using network = await openConsulting()
  setPolicy(network, 'b', mayBeAsked(['a'], { perDay: 10_000 }))
  await restart(network, 'b')
  setPolicy(network, 'a', mayAsk(['b'], { trialShare: 1 }))
  await restart(network, 'a')
  const operator = network.callNode('a')
  const put = { version: await trainOnFlipped(network), dataset: 'plane', ...lenient }
  const { gate } = await operator(nodeEndpoints.putAgent, { params, body: put })
  assert.equal(gate.kind, 'closed')
  const keyFor = (name: string, holder: 'application' | 'expert') =>
    operator(nodeEndpoints.createAccessKey, { body: { name, holder } })
  const application = holderOf(network, 'a', (await keyFor('ward', 'application')).key)
  const expert = holderOf(network, 'a', (await keyFor('ann', 'expert')).key)
  const roleOf = async ({ id }: CaseView) =>
    (await operator(nodeEndpoints.explainCase, { params: { case: id } })).role

  /** Asks, gives the partner time, and lets the expert answer what waits. */
  const askAll = async (records: ReturnType<typeof freshRecords>): Promise<CaseView[]> => {
    const asked = await Promise.all(
      records.map(({ cells }, index) => {
        const record = { kind: 'row', cells } as const
        const idempotencyKey = `${cells.x}-${cells.y}-${index}`.replaceAll('.', '_').padEnd(8, '0')
        return application(nodeEndpoints.askAgent, { params, body: { record, idempotencyKey } })
      }),
    )
    const deferred = asked.filter(({ state }) => state === 'deferred')
    // A partner may be given up: such a case is a person's alone.
    const giveUp = performance.now() + 60_000
    while (performance.now() < giveUp && !deferred.every(({ id }) => adviceOn(network, id))) await sleep(50)
    const advised = new Set(deferred.map(({ id }) => id).filter(id => adviceOn(network, id)))
    const { open } = await expert(nodeEndpoints.listReviews)
    const seen = await Promise.all(
      asked.map(({ id }) => application(nodeEndpoints.getCase, { params: { case: id }, query: {} })),
    )
    for (const [index, { id }] of seen.entries()) {
      if (!open.includes(id)) continue
      const { suggestion } = await review(
        expert,
        id,
        records[index]!.label === 'ill' ? classes[1] : classes[0],
      )
      if (advised.has(id)) assert.equal(suggestion!.partner?.name, 'b')
    }
    return seen
  }

  const told: CaseView[] = []
  const records = freshRecords(network, 1200)
  for (let from = 0; from < records.length && told.length < 4; from += atOnce) {
    const seen = await askAll(records.slice(from, from + atOnce))
    told.push(...seen.filter(({ answer }) => answer?.by === 'partner'))
    assert.ok(from > 0 || told.length === 0, 'nothing is told before there are labels')
  }
  assert.ok(told.length >= 4, `${told.length}`)
  for (const view of told) {
    assert.deepEqual([view.state, view.reason, view.revision], ['answered', 'partner-sure', 2])
    assert.ok(view.confidence! >= view.threshold!)
  }
  const { consulted } = await operator(nodeEndpoints.reportAgent, { params })
  assert.equal(consulted, told.length)
  const { open } = await expert(nodeEndpoints.listReviews)
  assert.ok(
    told.every(({ id }) => !open.includes(id)),
    'people are asked about the audited ones only, and have answered',
  )
  for (const view of told) {
    const { reviews } = await operator(nodeEndpoints.explainCase, { params: { case: view.id } })
    assert.equal(reviews.length, (await roleOf(view)) === 'calibrate' ? 2 : 0)
  }
  await assert.rejects(application(nodeEndpoints.cancelCase, { params: { case: told[0]!.id } }), {
    code: 'state-conflict',
  })
})
