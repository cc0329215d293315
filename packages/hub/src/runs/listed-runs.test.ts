import assert from 'node:assert/strict'
import test from 'node:test'
import { hubEndpoints, type Id, presetRecipe } from '@consort/protocol'
import { costlySteps, type Statement } from '@consort/storage/testing/query-plans'
import { listModels } from '../handlers/models/list-models.ts'
import { listRuns } from '../handlers/runs/show-runs.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { isRunningOver, keepState, lastRunsOver, openRuns, readRun, runsOfRecipe } from './run-store.ts'
import { createTraffic } from './traffic.ts'
import { currentVersion, insertVersion, publish, versionOfRound } from './version-store.ts'

const paged = (before: string | null = null, limit = 50) => ({
  query: { limit, ...(before !== null && { before }) },
})

/** A hub with so many finished runs, each with a model; several have the same time. */
async function hubWith(runs: number) {
  const statements: Statement[] = []
  const hub = await openHubDatabase({
    onStatement: (sql, parameters) => void statements.push({ sql, parameters }),
  })
  const { database, task } = hub
  const { id: template } = await readRun(database, task.document.run)
  await database.transaction().execute(async transaction => {
    for (let number = 0; number < runs; number++) {
      const name = String(number).padStart(16, '0')
      const [id, version]: [Id<'run'>, Id<'version'>] = [`run_${name}`, `ver_${name}`]
      const created = new Date(1_000_000 + Math.floor(number / 3)).toISOString()
      const row = await transaction
        .selectFrom('run')
        .selectAll()
        .where('id', '=', template)
        .executeTakeFirstOrThrow()
      await transaction
        .insertInto('run')
        .values({ ...row, id, idempotency_key: name, created })
        .execute()
      const weights = task.document.weights
      await insertVersion(transaction, { id: version, run: id, round: 1, name: 'r', created, weights })
      await publish(transaction, version)
      await keepState(transaction, await readRun(transaction, id), {
        state: { phase: 'done', because: 'rounds', round: 1, best: 1 },
        ended: created,
        bytes: { up: 0, down: 0 },
      })
    }
  })
  const context = { database, traffic: createTraffic() }
  return { ...hub, statements, runs: listRuns(context), models: listModels(context) }
}

test('pages of runs and models hold each of them once, the newest first', async () => {
  await using hub = await hubWith(20)
  const seen: string[] = []
  const results: (string | null)[] = []
  for (let next: string | null | undefined = null; next !== undefined; ) {
    const page: Awaited<ReturnType<typeof hub.runs>> = await hub.runs(paged(next, 7) as never)
    seen.push(...page.runs.map(({ id }) => id))
    results.push(...page.runs.map(({ result }) => result))
    next = page.next ?? undefined
  }
  const newestFirst = Array.from({ length: 20 }, (_, at) => String(19 - at).padStart(16, '0'))
  const opened = hub.task.document.run
  assert.deepEqual(seen, [...newestFirst.map(name => `run_${name}`), opened])
  assert.deepEqual(results, [...newestFirst.map(name => `ver_${name}`), null])
  const models: string[] = []
  for (let next: string | null | undefined = null; next !== undefined; ) {
    const page: Awaited<ReturnType<typeof hub.models>> = await hub.models(paged(next, 6) as never)
    models.push(...page.models.map(({ id }) => id))
    next = page.next ?? undefined
  }
  assert.deepEqual(
    models,
    newestFirst.map(name => `ver_${name}`),
  )
})

test('a caller that knows no pages gets the first one, and a hub that knows none has no next', () => {
  assert.deepEqual(hubEndpoints.listRuns.query.parse({}), { limit: 50 })
  assert.deepEqual(hubEndpoints.listRuns.result.parse({ runs: [] }), { runs: [], next: null })
  assert.throws(() => hubEndpoints.listRuns.query.parse({ before: 'yesterday' }), /not the `next` of a page/)
})

test('a list costs as much with many runs as with few, and reads no table to its end', async () => {
  const costs: number[] = []
  for (const runs of [60, 400]) {
    await using hub = await hubWith(runs)
    hub.statements.length = 0
    const { next } = await hub.runs(paged() as never)
    await hub.runs(paged(next) as never)
    costs.push(hub.statements.length)
    await hub.models(paged() as never)
    await openRuns(hub.database)
    await runsOfRecipe(hub.database, (await readRun(hub.database, hub.task.document.run)).recipeDigest)
    const { dataset } = presetRecipe('mnist-cnn')
    assert.equal((await lastRunsOver(hub.database, dataset, 3)).length, 3)
    assert.equal(await isRunningOver(hub.database, dataset), true)
    await versionOfRound(hub.database, hub.task.document.run, 1)
    await currentVersion(hub.database, 'r')
    // Members are few, and so are the tasks of one round.
    const large = [...hub.statements].filter(({ sql }) => !/from "(member|task)"/.test(sql))
    assert.deepEqual(await costlySteps(hub.database, large), [])
  }
  assert.equal(costs[0], costs[1])
})
