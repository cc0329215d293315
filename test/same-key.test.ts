import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { hubEndpoints, parseRecipe } from '@consort/protocol'
import { openNetwork } from './network.ts'
import { enrolByHand, signByHand } from './raw-member.ts'
import { awaitSurvey, categories, openSurveyed } from './survey-network.ts'
import { tableRecipe } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

const recipe = parseRecipe({ ...tableRecipe, federation: { rounds: 1, partnersMin: 1 } })

test('one order for a run that comes several times at once opens one run, and leaves the weights of one', async () => {
  await using network = await openNetwork()
  const member = await enrolByHand(network, 'hand')
  await signByHand(member)
  await member.publishCard()
  const body = { recipe, idempotencyKey: 'same-key-1' }
  const order = () => network.operator(hubEndpoints.createRun, { body })
  const runs = await Promise.all([order(), order(), order(), order()])
  assert.deepEqual(new Set(runs.map(({ id }) => id)).size, 1)
  assert.equal((await order()).id, runs[0]!.id)
  assert.equal(readdirSync(join(network.directory, 'hub', 'blobs')).length, 1)
  const created = wholeLog(join(network.directory, 'hub', 'hub.sqlite')).filter(text =>
    text.includes('"run-created"'),
  )
  assert.equal(created.length, 1)
  const another = { ...body, only: ['hand'] }
  await assert.rejects(network.operator(hubEndpoints.createRun, { body: another }), {
    code: 'state-conflict',
  })
})

test('one order for a survey that comes several times at once starts one, and another under its key is refused', async () => {
  await using network = await openSurveyed(['plane'])
  const body = {
    dataset: 'plane',
    questions: categories,
    stepWithinSeconds: 50,
    idempotencyKey: 'same-key-1',
  }
  const order = (change = {}) =>
    network.operator(hubEndpoints.createSurvey, { body: { ...body, ...change } as never })
  const surveys = await Promise.all([order(), order(), order()])
  assert.deepEqual(new Set(surveys.map(({ id }) => id)).size, 1)
  const { surveys: all } = await network.operator(hubEndpoints.listSurveys)
  assert.equal(all.length, 1)
  for (const change of [{ epsilon: 2 }, { dataset: 'space' }, { questions: categories.slice(1) }])
    await assert.rejects(order(change), { code: 'state-conflict' })
  assert.equal((await awaitSurvey(network, surveys[0]!)).state, 'done')
})
