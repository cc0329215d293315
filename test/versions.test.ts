import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { type AgentView, type CaseView, type Id, nodeEndpoints, type RecipeInput } from '@consort/protocol'
import {
  type Asking,
  freshRecords,
  holderOf,
  joinPartners,
  putTriage,
  rarely,
  review,
  sure,
  trainModel,
  unsure,
  unwatched,
} from './asking.ts'
import { type Network, openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

/** Versions of a model that take each other's place, or are tried out beside each other, while questions come in. */
let network: Network
let asking: Asking
let good: Id<'version'>
let bad: Id<'version'>
before(async () => {
  network = await openNetwork()
  await joinPartners(network)
  asking = await putTriage(network, await trainModel(network))
  good = await trainModel(network)
  bad = await trainUseless()
})
after(() => network[Symbol.asyncDispose]())

/** The same question, and a model that has learnt nothing. */
async function trainUseless(): Promise<Id<'version'>> {
  const optimiser = { kind: 'sgd', learningRate: 1e-9 } as const
  const run = await network.awaitRun(await network.startRun({ ...tableRecipe, optimiser }))
  assert.equal(run.phase, 'done')
  return run.result!
}

const operator = () => network.callNode('a')
const application = () => holderOf(network, 'a', asking.application.key)
const expert = () => holderOf(network, 'a', asking.expert.key)
const params = { agent: 'triage' }

async function serve(version: Id<'version'>): Promise<AgentView> {
  const body = { version, dataset: 'plane', alpha: 0.05, delta: 0.1, audit: rarely, ...unwatched }
  return await operator()(nodeEndpoints.putAgent, { params, body })
}

async function agent(): Promise<AgentView> {
  const { agents } = await operator()(nodeEndpoints.listAgents)
  return agents[0]!
}

test('versions are swapped again and again under load, and no request is dropped', async () => {
  const views: CaseView[] = []
  let isSwapping = true
  const ask = async (): Promise<void> => {
    while (isSwapping) views.push(await asking.ask(views.length % 10 > 0 ? sure : unsure))
  }
  const askers = Array.from({ length: 8 }, ask)
  for (const version of [good, asking.version, good, asking.version]) await serve(version)
  isSwapping = false
  await Promise.all(askers)
  const served = new Set(views.map(({ version }) => version))
  assert.deepEqual([...served].sort(), [asking.version, good].sort())
  assert.equal(new Set(views.map(({ id }) => id)).size, views.length)
  for (const { id } of views.slice(0, 20)) {
    await application()(nodeEndpoints.getCase, { params: { case: id }, query: {} })
  }
})

test('a challenger decides about its share, and labels compare the two on every case', async () => {
  await serve(asking.version)
  const { challenger } = await operator()(nodeEndpoints.putChallenger, {
    params,
    body: { version: good, share: 0.5 },
  })
  assert.deepEqual([challenger?.version, challenger?.state, challenger?.evidence], [good, 'running', 1])
  const views = await Promise.all(
    Array.from({ length: 60 }, (_, index) => asking.ask({ ...sure, x: 3 + index / 100 })),
  )
  const tried = views.filter(({ version }) => version === good).length
  assert.ok(tried >= 10 && tried <= 50, `${tried} of 60`)
  const waiting = await asking.ask(unsure)
  await review(expert(), waiting.id, 'ill')
  for (const { id } of views.slice(0, 30)) {
    const verdict = { params: { case: id }, body: { verdict: 'right' } } as const
    await application()(nodeEndpoints.giveFeedback, verdict)
    await application()(nodeEndpoints.giveFeedback, verdict)
  }
  const compared = (await agent()).challenger!
  assert.deepEqual([compared.labelled, compared.state], [31, 'running'])
  const withdrawn = await operator()(nodeEndpoints.withdrawChallenger, { params })
  assert.equal(withdrawn.challenger?.state, 'withdrawn')
  for (let count = 0; count < 20; count++) assert.equal((await asking.ask(sure)).version, asking.version)
})

test('a challenger that is worse is withdrawn unaided, by the labels that people give', async () => {
  const body = { version: bad, share: 0.2 }
  await operator()(nodeEndpoints.putChallenger, { params, body })
  const records = freshRecords(network, 400)
  let labelled = 0
  for (const { cells, label } of records) {
    if ((await agent()).challenger!.state === 'withdrawn') break
    const { id, answer } = await asking.ask(cells)
    labelled += 1
    if (answer === null) await review(expert(), id, label)
    else {
      const verdict =
        answer.class === label ? ({ verdict: 'right' } as const) : ({ verdict: 'wrong', label } as const)
      await application()(nodeEndpoints.giveFeedback, { params: { case: id }, body: verdict })
    }
  }
  const { challenger } = await agent()
  assert.ok(
    challenger && challenger.state === 'withdrawn',
    `${labelled} labels: ${JSON.stringify(challenger)}`,
  )
  assert.ok(challenger.evidence >= 100 && challenger.worse > challenger.better && labelled < 200)
  const entry = wholeLog(`${network.nodeConfig('a').dataPath}/node.sqlite`)
    .map(text => JSON.parse(text))
    .findLast(({ kind }) => kind === 'challenger-withdrawn')
  assert.deepEqual([entry.body.by, entry.body.version], ['labels', bad])
  const views = await Promise.all(Array.from({ length: 30 }, () => asking.ask(sure)))
  assert.ok(views.every(({ version }) => version === asking.version))
})

test('a challenger that takes something else, or is served already, is refused', async () => {
  const put = (version: Id<'version'>) =>
    operator()(nodeEndpoints.putChallenger, { params, body: { version } })
  await assert.rejects(put(asking.version), { code: 'state-conflict' })
  const input: RecipeInput['input'] = { kind: 'table', features: [{ name: 'x', kind: 'number' }] }
  const other = await network.awaitRun(await network.startRun({ ...tableRecipe, input }))
  await assert.rejects(put(other.result!), { code: 'data-mismatch' })
  await assert.rejects(
    operator()(nodeEndpoints.putChallenger, { params: { agent: 'nobody' }, body: { version: good } }),
    { code: 'not-found' },
  )
})
