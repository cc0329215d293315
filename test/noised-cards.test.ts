import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import {
  defaultDelta,
  openLedger,
  pureLoss,
  remainingBudget,
  reserveLoss,
  settleLoss,
} from '@consort/privacy'
import { type Caller, hubEndpoints, nodeEndpoints, Refusal } from '@consort/protocol'
import { samplingPlan } from '@consort/train'
import {
  budgetOf,
  cardOf,
  failureOf,
  idleEngine,
  leftOf,
  linesOf,
  openGuarded,
  privateRecipe,
  register,
  runOnce,
  setPolicy,
  short,
  show,
} from './guarded-network.ts'
import { type Network, openNetwork } from './network.ts'
import { recipeOf, secure, tables } from './secure-sums.ts'
import { tableRecipe } from './table-data.ts'

interface Counts {
  readonly train: number
  readonly evaluation: number
}

/** What the hub knows of a's data. */
async function toldOf(network: Network, dataset = 'plane'): Promise<Counts> {
  const { members } = await network.operator(hubEndpoints.listMembers)
  const own = members.find(({ name }) => name === 'a')!.datasets.find(entry => entry.dataset === dataset)!
  return { train: own.trainExamples, evaluation: own.evaluationExamples }
}

const listed = async (network: Network, dataset = 'plane') =>
  (await network.callNode('a')(nodeEndpoints.listDatasets)).datasets.find(
    ({ card }) => card.dataset === dataset,
  )!

/** Of each release that a's books know, whether it is booked as made. */
function settledAt({ directory }: Network): unknown[] {
  using database = new DatabaseSync(join(directory, 'a', 'node.sqlite'), { readOnly: true })
  return database
    .prepare('select settled from privacy_release order by release')
    .all()
    .map(({ settled }) => settled)
}

/** Registers a's rows again, as they are, from another file. */
async function registerCopy(network: Network, copy: string | number, dataset = 'plane'): Promise<void> {
  const path = join(network.directory, `a-${copy}.csv`)
  copyFileSync(join(network.directory, 'a.csv'), path)
  await network.addDataset('a', { dataset, source: { kind: 'csv', path, label: 'state' }, validation: 0.2 })
}

/** Registers a's rows with the first `turn` of them at the end: content of which nothing was told before. */
async function registerTurned(network: Network, turn: number): Promise<void> {
  const [head, ...rows] = linesOf(network, 'a') as [string, ...string[]]
  const path = join(network.directory, `a-turned-${turn}.csv`)
  writeFileSync(path, `${[head, ...rows.slice(turn), ...rows.slice(0, turn)].join('\n')}\n`)
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset('a', { dataset: 'plane', source, validation: 0.2 })
}

/** Until neither count is by chance the true one. Throws after what chance does not do. */
async function registerNoised(network: Network, truth: Counts): Promise<Counts> {
  for (let turn = 1; turn < 50; turn++) {
    await registerTurned(network, turn)
    const told = await toldOf(network)
    if (told.train !== truth.train && told.evaluation !== truth.evaluation) return told
  }
  throw new Error('the counts carry no noise')
}

/** What anybody who reads the cards may do: they are of use when one says more than another. */
const saysMore = (cards: readonly Counts[]): boolean =>
  cards.some(({ train, evaluation }) => train !== cards[0]!.train || evaluation !== cards[0]!.evaluation)

test('a card tells counts with noise, the same for the same records however often it is asked for', async () => {
  await using network = await openGuarded({})
  const truth = await toldOf(network)
  assert.deepEqual(truth.train + truth.evaluation, 100, 'without a policy the counts are true')
  setPolicy(network, 'a', { cardEpsilon: 0.05 })
  await registerCopy(network, 'first')
  const first = await toldOf(network)
  const same: Counts[] = [first]
  for (const copy of [1, 2, 3, 4]) {
    await registerCopy(network, copy)
    same.push(await toldOf(network))
  }
  await registerCopy(network, 'named', 'other')
  same.push(await toldOf(network, 'other'))
  assert.ok(!saysMore(same), JSON.stringify(same))
  // A node that drew anew each time would be caught: this is what it would show.
  const anew: Counts[] = [first]
  for (const turn of [1, 2, 3, 4, 5, 6]) {
    await registerTurned(network, turn)
    anew.push(await toldOf(network))
  }
  assert.ok(saysMore(anew), JSON.stringify(anew))
  assert.ok(anew.some(({ train }) => train !== truth.train))
  assert.equal((await show(network)).reservations, 0, 'nothing is charged without a budget')
  // Whoever asks for less noise, or none, gets another card; the old policy’s is there when it returns.
  setPolicy(network, 'a', {})
  await registerCopy(network, 'first')
  assert.deepEqual(await toldOf(network), truth)
  setPolicy(network, 'a', { cardEpsilon: 0.05 })
  await registerCopy(network, 'first')
  assert.deepEqual(await toldOf(network), first)
})

test('runs go by the card’s numbers: plain, under masks, and with noise that is worked out from the true ones', async () => {
  await using network = await openNetwork({ nodeParts: { openEngine: idleEngine } })
  await network.joinWithTables(tables)
  const truth = await toldOf(network)
  setPolicy(network, 'a', { cardEpsilon: 0.4, workMin: 0 })
  const told = await registerNoised(network, truth)
  const plain = await runOnce(network, { ...tableRecipe, federation: { ...short, partnersMin: 4 } })
  assert.equal(failureOf(plain, 'a'), undefined)
  const { evaluations, lineage } = await cardOf(network, plain)
  const metrics = evaluations.find(({ member }) => member === 'a')!.metrics
  assert.deepEqual([metrics.examples, metrics.values.accuracy], [told.evaluation, 0.75])
  assert.equal(lineage.find(({ member }) => member === 'a')!.trainExamples, told.train)
  const masked = await runOnce(network, recipeOf(secure, { rounds: 1 }))
  assert.equal(failureOf(masked, 'a'), undefined)

  // Noise of a hundredth on the number of right answers is none.
  setPolicy(network, 'a', { ...budgetOf(300), cardEpsilon: 0.4, metricsEpsilon: 100, workMin: 0 })
  const noised = await runOnce(network)
  assert.equal(failureOf(noised, 'a'), undefined, 'the engine did what was reserved')
  const plans = [truth, told].map(({ train: examples }) =>
    samplingPlan(network.parse(privateRecipe), { examples, epochs: 1 }),
  )
  assert.notDeepEqual(plans[0], plans[1], 'with the card’s number it would have been refused')
  const card = await cardOf(network, noised)
  const of = card.evaluations.find(({ member }) => member === 'a')!.metrics
  const right = Math.round(0.75 * truth.evaluation)
  const accuracy = Math.min(1, right / told.evaluation)
  assert.deepEqual(of, { examples: told.evaluation, values: { accuracy } })
  assert.notEqual(accuracy, right / truth.evaluation, 'that fraction would tell the true number')
})

/** What is left of a budget after so many counts of this ε. */
function shareAfter(told: number, { epsilon, records, each }: Record<string, number>): number {
  let ledger = openLedger({ epsilon: epsilon!, delta: defaultDelta({ records: records! }) })
  for (let count = 0; count < told; count++) {
    const release = String(count)
    ledger = settleLoss(reserveLoss(ledger, { release, loss: pureLoss(each!) }), { release })
  }
  return remainingBudget(ledger).share
}

test('counts are charged once for what they tell, and a card that the budget does not allow is not told', async () => {
  await using network = await openGuarded({})
  const records = (await toldOf(network)).train
  setPolicy(network, 'a', { ...budgetOf(2), cardEpsilon: 0.5 })
  assert.equal(await leftOf(network), 1)
  // The hub is out of reach when the card is to be told: what was set aside for it then is not set aside again.
  let isCut = true
  const wrapCaller = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      if ((endpoint as unknown) === hubEndpoints.putDataCard && isCut) throw new Refusal('unreachable', 'cut')
      return await call(endpoint, input as never, options)
    }) as Caller
  await network.stopNode('a')
  await network.startNode('a', { openEngine: idleEngine, wrapCaller })
  await registerCopy(network, 1)
  assert.deepEqual([(await listed(network)).published, (await show(network)).reservations], [false, 2])
  assert.deepEqual(settledAt(network), [0, 0])
  isCut = false
  await registerCopy(network, 1)
  assert.deepEqual([(await listed(network)).published, (await show(network)).reservations], [true, 2])
  assert.deepEqual(settledAt(network), [1, 1])
  // A record is on one side only, and loses ε once.
  assert.equal(await leftOf(network), shareAfter(1, { epsilon: 2, records, each: 0.5 }))
  await registerCopy(network, 2)
  await registerCopy(network, 3, 'other')
  assert.equal((await show(network)).reservations, 2, 'the same numbers of the same records')
  await registerTurned(network, 1)
  assert.equal((await show(network)).reservations, 4, 'a node that drew anew would pay anew')
  assert.equal(await leftOf(network), shareAfter(2, { epsilon: 2, records, each: 0.5 }))

  let turn = 1
  let told = await toldOf(network)
  const refusal = await (async () => {
    for (;;) {
      turn += 1
      if (turn > 40) throw new Error('the budget has no end')
      const error = await registerTurned(network, turn).catch(error => error)
      if (error) return error
      told = await toldOf(network)
    }
  })()
  assert.equal(refusal.code, 'privacy-budget-exceeded')
  assert.deepEqual([await toldOf(network), (await listed(network)).published], [told, false])
  assert.ok((await leftOf(network)) >= 0)
  const others = await runOnce(network, { ...tableRecipe, federation: short })
  assert.deepEqual([failureOf(others, 'a'), failureOf(others, 'b')], ['policy-refused', undefined])
  // The owner allows more: the card that was kept back is told as it is.
  const { card } = await listed(network)
  setPolicy(network, 'a', { ...budgetOf(20), cardEpsilon: 0.5 })
  await registerTurned(network, turn)
  const after = await listed(network)
  assert.deepEqual([after.card, after.published], [card, true])
  assert.deepEqual(await toldOf(network), { train: card.trainExamples, evaluation: card.evaluationExamples })
})

test('everyone is charged as if they had the most records of one person', async () => {
  const visits = { dataset: 'visits', epsilon: 5, person: 'who', recordsMax: 4 }
  await using network = await openGuarded({ budgets: [visits], cardEpsilon: 0.5 })
  const rows = linesOf(network, 'a').slice(1)
  await register(network, 'visits', ['who,x,y,state', ...rows.map((row, index) => `p${index % 40},${row}`)])
  const { budgets } = await show(network)
  const { units: records, unit } = budgets.find(({ dataset }) => dataset === 'visits')!
  assert.equal(unit, 'person')
  // Somebody has records on both sides, and lost ε by each of the two counts.
  assert.equal(await leftOf(network, 'visits'), shareAfter(2, { epsilon: 5, records, each: 0.5 }))
})

test('counts of the same records are charged to the persons whose they are now, when those were mended', async () => {
  const visits = { dataset: 'visits', epsilon: 5, person: 'who', recordsMax: 4 }
  await using network = await openGuarded({ budgets: [visits], cardEpsilon: 0.5 })
  const path = join(network.directory, 'visits.csv')
  const rows = linesOf(network, 'a').slice(1)
  const add = async (first: string): Promise<void> => {
    const lines = rows.map((row, index) => `${first}${index % 40},${row}`)
    writeFileSync(path, `who,x,y,state\n${lines.join('\n')}\n`)
    const source = { kind: 'csv' as const, path, label: 'state', features: ['x', 'y'] }
    await network.addDataset('a', { dataset: 'visits', source, validation: 0.2 })
  }
  await add('wrong')
  const wrong = await leftOf(network, 'visits')
  assert.ok(wrong < 1)
  await add('right')
  assert.equal(await leftOf(network, 'visits'), wrong, 'the right persons lose what the wrong ones lost')
  assert.equal((await show(network)).reservations, 4)
  await add('wrong')
  await add('right')
  assert.equal((await show(network)).reservations, 4, 'going to and fro tells nothing new')
})

test('a card that was made under a milder policy is not told', async () => {
  await using network = await openGuarded({})
  const before = await toldOf(network)
  await network.hub[Symbol.asyncDispose]()
  await registerTurned(network, 3)
  assert.equal((await listed(network)).published, false)
  setPolicy(network, 'a', { cardEpsilon: 0.01 })
  await network.restartHub()
  // A node tells what is to be told before it asks for work: so that was tried once it has had some.
  const view = await runOnce(network, { ...tableRecipe, federation: { ...short, partnersMin: 2 } })
  assert.equal(failureOf(view, 'a'), undefined, 'by the card that the hub has')
  const { card, published } = await listed(network)
  assert.deepEqual([await toldOf(network), published], [before, false])
  await registerTurned(network, 3)
  const after = await listed(network)
  assert.notEqual(after.card.id, card.id)
  assert.equal(after.published, true)
})
