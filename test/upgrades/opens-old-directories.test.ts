import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { hubEndpoints, nodeEndpoints, parseKeyPair } from '@consort/protocol'
import { holderOf, review, sure } from '../asking.ts'
import { privateRecipe, runOnce } from '../guarded-network.ts'
import type { Network } from '../network.ts'
import { wholeLog } from '../whole-log.ts'
import { callerAt } from '../year-of-traffic.ts'
import { archives, nameOf, type OldNetwork, openOldNetwork } from './old-directories.ts'

const places = ['hub/hub', 'a/node', 'b/node'] as const

function logOf({ network }: OldNetwork, place: string): string[] {
  return wholeLog(join(network.directory, `${place}.sqlite`))
}

/** Throws `log-altered` unless every entry follows the one before under the key of the process. */
function verifyLog(old: OldNetwork, place: string): void {
  const pem = readFileSync(join(old.network.directory, `${place}.key`), 'utf8')
  verifyEntries(emptyChain(parseKeyPair(pem).publicKey), logOf(old, place))
}

/** What was told before the upgrade is on pages like what was told after it. */
async function settleMonth(network: Network): Promise<void> {
  using database = new DatabaseSync(join(network.directory, 'hub', 'hub.sqlite'), { readOnly: true })
  const { month } = database.prepare('select min(month) as month from usage').get()!
  const asked = { params: { month: String(month) }, query: {} }
  for (const name of ['a', 'b']) {
    // First it tells the hub of its answers.
    const early = network.callNode(name)(nodeEndpoints.confirmStatement, asked)
    await assert.rejects(early, { code: 'not-found', message: /no statement/ })
  }
  const { told } = database.prepare('select count(*) as told from usage where month = ?').get(month!)!
  const { proposed, uncounted } = await network.operator(hubEndpoints.makeStatement, asked)
  const answers = proposed?.document.lines.reduce((sum, line) => sum + line.answers, 0)
  assert.deepEqual([answers, uncounted, proposed && 'pages' in proposed.document], [told, 0, true])
  for (const name of ['a', 'b']) await network.callNode(name)(nodeEndpoints.confirmStatement, asked)
  const { inForce } = await network.operator(hubEndpoints.getStatement, asked)
  assert.equal(inForce?.signatures.length, 3)
}

test('there are directories of an earlier commit', () => {
  assert.ok(archives.length > 0)
})

for (const archive of archives) {
  test(`directories ${nameOf(archive)} go on: a round, cases, budgets and the logs`, async () => {
    await using old = await openOldNetwork(archive)
    const { network, keys } = old
    const logsBefore = places.map(place => logOf(old, place))
    const application = holderOf(network, 'a', keys.application)
    const expert = holderOf(network, 'a', keys.expert)

    const { cases } = await application(nodeEndpoints.listCases, { query: {} })
    assert.deepEqual(cases.map(({ state, answer }) => [state, answer?.by]).sort(), [
      ['answered', 'agent'],
      ['answered', 'expert'],
      ['deferred', undefined],
    ])
    const { open } = await expert(nodeEndpoints.listReviews)
    assert.equal(open.length, 1)
    const closed = await review(expert, open[0]!, 'well')
    assert.equal(closed.state, 'answered')
    const record = { kind: 'row', cells: sure } as const
    const asked = await application(nodeEndpoints.askAgent, {
      params: { agent: 'triage' },
      body: { record, idempotencyKey: 'after-the-upgrade' },
    })
    assert.deepEqual(asked.answer, { class: 'ill', by: 'agent' })

    const budgetOfB = () => network.callNode('b')(nodeEndpoints.showBudgets)
    const before = await budgetOfB()
    const run = await runOnce(network, privateRecipe)
    const { members } = run.history[0]!
    assert.deepEqual(
      members.map(({ failure }) => failure?.code),
      [undefined, undefined],
    )
    const after = await budgetOfB()
    assert.deepEqual([before.books, after.books], ['current', 'current'])
    assert.equal(after.reservations, before.reservations + 1)
    assert.ok(after.budgets[0]!.left < before.budgets[0]!.left)
    const { models } = await network.operator(hubEndpoints.listModels)
    assert.equal(models.length, 3)

    await settleMonth(network)

    for (const [index, place] of places.entries()) {
      verifyLog(old, place)
      const kept = logsBefore[index]!
      const log = logOf(old, place)
      assert.ok(log.length > kept.length, `${place} goes on`)
      assert.deepEqual(log.slice(0, kept.length), kept)
    }
  })
}

for (const archive of archives) {
  test(`runs of directories ${nameOf(archive)} are condensed: what is said of their models stays`, async () => {
    await using old = await openOldNetwork(archive)
    const { network } = old
    const file = (name: string) => join(network.directory, 'hub', name)
    const hub = callerAt(network.hub.url, file('operator.key'), old.now)
    const { runs } = await hub(hubEndpoints.listRuns, { query: {} })
    const results = runs.flatMap(({ result }) => (result === null ? [] : [result]))
    assert.ok(results.length > 0)
    const saidOfModels = async () => ({
      runs: await hub(hubEndpoints.listRuns, { query: {} }),
      models: await hub(hubEndpoints.listModels, { query: {} }),
      cards: await Promise.all(results.map(version => hub(hubEndpoints.getModel, { params: { version } }))),
    })
    const before = await saidOfModels()
    await old.pass(200)
    using database = new DatabaseSync(file('hub.sqlite'), { readOnly: true })
    for (const table of ['task', 'round', 'aggregation'])
      assert.equal(database.prepare(`select count(*) as rows from ${table}`).get()!.rows, 0, table)
    assert.deepEqual(await saidOfModels(), before)
    const { history, isCondensed } = await hub(hubEndpoints.getRun, {
      params: { run: runs[0]!.id },
      query: {},
    })
    assert.deepEqual([isCondensed, history.length], [true, 1])
  })
}
