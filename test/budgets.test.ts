import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import type { OpenNodeEngine } from '@consort/node'
import { type ModelCard, nodeEndpoints, type RecipeInput } from '@consort/protocol'
import {
  budgetOf,
  cardOf,
  failureOf,
  idleEngine,
  leftOf,
  linesOf,
  noise,
  openGuarded,
  privateRecipe,
  register,
  runOnce,
  setPolicy,
  short,
  show,
  words,
} from './guarded-network.ts'
import type { Network } from './network.ts'
import { planeTerms, tableRecipe, writeTable } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

test('a budget that is used up keeps its owner out, with what is left in the log, and the run goes on with the others', async () => {
  await using network = await openGuarded({ ...budgetOf(2.2), exempt: { metrics: words } }, {})
  const federation = { ...short, rounds: 4 }
  const view = await runOnce(network, { ...privateRecipe, federation })
  const failures = [1, 2, 3, 4].map(round => failureOf(view, 'a', round))
  assert.equal(failures[0], undefined, 'the first round fits into the budget')
  assert.equal(failures[3], 'privacy-budget-exceeded')
  assert.deepEqual(
    [1, 2, 3, 4].map(round => failureOf(view, 'b', round)),
    [undefined, undefined, undefined, undefined],
  )
  const spent = failures.filter(failure => failure === undefined).length
  const { privacy } = await cardOf(network, view)
  assert.deepEqual(
    privacy.map(({ member, unit, budget, exempt }) => ({ member, unit, budget, exempt })),
    [{ member: 'a', unit: 'record', budget: 2.2, exempt: { metrics: words } }],
  )
  assert.ok(privacy[0]!.epsilon > 0 && privacy[0]!.epsilon <= 2.2, `ε = ${privacy[0]!.epsilon}`)
  const { budgets, reservations, books } = await show(network)
  assert.deepEqual([reservations, books], [spent, 'current'])
  assert.ok(budgets[0]!.left < budgets[0]!.epsilon && budgets[0]!.leftShare >= 0)
  // The owner's larger budget is another decision of the owner; what was spent stays spent.
  const before = await leftOf(network)
  setPolicy(network, 'a', { ...budgetOf(30), exempt: { metrics: words } })
  const after = await leftOf(network)
  assert.ok(after > before && after < 1, `${before} → ${after}`)
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
})

test('what was reserved for a training is spent with its update: the node’s log says so, release by release', async () => {
  await using network = await openGuarded({ ...budgetOf(20), exempt: { metrics: words } })
  for (let run = 0; run < 2; run++) assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  const log = wholeLog(join(network.directory, 'a', 'node.sqlite')).map(text => JSON.parse(text))
  const releasesIn = (kind: string): string[] =>
    log.filter(entry => entry.kind === kind).map(({ body }) => body.release)
  assert.equal(releasesIn('privacy-reserved').length, 2)
  assert.deepEqual(releasesIn('privacy-settled'), releasesIn('privacy-reserved'))
})

test('records inherit what was spent on them: in another order, with other columns, under another name, in part', async () => {
  await using network = await openGuarded({ ...budgetOf(8), exempt: { metrics: words } })
  await runOnce(network)
  const left = await leftOf(network)
  assert.ok(left < 1)
  const [head, ...rows] = linesOf(network, 'a') as [string, ...string[]]
  const turned = [head, ...rows].map(line => line.split(',').reverse().join(','))
  await register(network, 'reversed', [turned[0]!, ...turned.slice(1).reverse()])
  assert.equal(await leftOf(network, 'reversed'), left, 'no budget is named for it, and it has one')
  const plainly = (dataset: string): Promise<string> =>
    network.startRun({ ...tableRecipe, dataset, federation: short })
  assert.match((await network.awaitRun(await plainly('reversed'))).reason, /a: policy-refused/)
  const strange = join(network.directory, 'strange.csv')
  writeTable(strange, { rows: 60, seed: 99 })
  const others = linesOf(network, 'strange').slice(1)
  await register(network, 'mixed', [head, ...rows.slice(0, 30), ...others.slice(0, 30)])
  assert.equal(await leftOf(network, 'mixed'), left)
  await register(network, 'others', [head, ...others])
  // What the digests are for: a digit more in every row, and nothing is inherited.
  await register(network, 'altered', [head, ...rows.map(row => row.replace(',', '1,'))])
  const named = (await show(network)).budgets.map(({ dataset }) => dataset)
  assert.deepEqual(named, ['mixed', 'plane', 'reversed'])
  assert.equal((await network.awaitRun(await plainly('others'))).phase, 'done')
  // Taking the budget out of the policy does not give the records free.
  setPolicy(network, 'a', {})
  assert.equal(await leftOf(network), left)
  assert.match((await network.awaitRun(await plainly('reversed'))).reason, /a: policy-refused/)
})

test('records with a budget: no training without noise, no δ that protects nobody, no metrics, no trials', async () => {
  await using network = await openGuarded(budgetOf(8))
  const plain = await runOnce(network, { ...tableRecipe, federation: short })
  assert.equal(failureOf(plain, 'a'), 'policy-refused')
  const differentialPrivacy = { ...noise, delta: 0.01 }
  for (const name of ['a', 'b']) {
    const careless = { ...privateRecipe, privacy: { differentialPrivacy } }
    const { reason } = await network.awaitRun(await network.startRun(careless, [name]))
    assert.match(reason, new RegExp(`${name}: privacy-parameters-invalid`), 'with or without a budget')
  }
  assert.equal((await show(network)).reservations, 0)

  await network.stopNode('a')
  const openEngine: OpenNodeEngine = async setup => {
    const engine = await idleEngine(setup)
    return {
      ...engine,
      train: async (...asked) => ({ ...(await engine.train(...asked)), mechanism: undefined }),
    }
  }
  await network.startNode('a', { openEngine: openEngine as OpenNodeEngine })
  const noiseless = await runOnce(network)
  assert.equal(failureOf(noiseless, 'a'), 'policy-refused', 'an engine that adds no noise')
  await network.stopNode('a')
  await network.startNode('a')

  const view = await runOnce(network)
  assert.equal(failureOf(view, 'a'), undefined)
  const evaluators = (card: ModelCard): string[] => card.evaluations.map(({ member }) => member)
  const card = await cardOf(network, view)
  assert.deepEqual(evaluators(card), ['b'])
  const compare = () =>
    network.callNode('a')(nodeEndpoints.compareModels, {
      params: { version: card.id },
      body: { dataset: 'plane' },
    })
  await assert.rejects(compare, { code: 'policy-refused' })
  setPolicy(network, 'a', {
    ...budgetOf(8),
    exempt: { trials: 'Shown to nobody but this hospital’s own staff.' },
  })
  assert.equal((await compare()).version, card.id)

  setPolicy(network, 'a', { ...budgetOf(8), metricsEpsilon: 0.5 })
  const left = await leftOf(network)
  const told = await cardOf(network, await runOnce(network))
  assert.deepEqual(evaluators(told), ['a', 'b'])
  const { values } = told.evaluations[0]!.metrics
  assert.deepEqual(Object.keys(values), ['accuracy'])
  assert.ok(values.accuracy! >= 0 && values.accuracy! <= 1)
  const { reservations } = await show(network)
  assert.equal(reservations, 4, 'three trainings and an evaluation')
  assert.ok((await leftOf(network)) < left)
})

test('statistics, metrics and δ of a data set are its owner’s to exempt, and a policy without words is none', async () => {
  await using network = await openGuarded({ ...budgetOf(8), exempt: { metrics: 'yes' } })
  const mute = await runOnce(network)
  assert.equal(failureOf(mute, 'a'), 'policy-refused', 'one word is no reason')
  setPolicy(network, 'a', budgetOf(8, { delta: 0.01 }))
  assert.equal(failureOf(await runOnce(network), 'a'), 'privacy-parameters-invalid')
})

test('a node hands in no update of too little work', async () => {
  await using network = await openGuarded({ workMin: 1000 })
  const oneStep = { ...tableRecipe, batchSize: 512, federation: short }
  const view = await runOnce(network, oneStep)
  assert.deepEqual([failureOf(view, 'a'), failureOf(view, 'b')], ['policy-refused', undefined])
  assert.equal(failureOf(await runOnce(network, { ...oneStep, batchSize: 1 }), 'a'), undefined)
})

test('a person’s records share a budget, whichever of them are registered', async () => {
  await using network = await openGuarded({
    budgets: [{ dataset: 'visits', epsilon: 40, person: 'who', recordsMax: 2 }],
    exempt: { metrics: words },
  })
  const rows = linesOf(network, 'a').slice(1)
  const visits = (from: number, to: number): string[] => [
    'who,x,y,state',
    ...rows.slice(from, to).map((row, index) => `p${index % 25},${row}`),
  ]
  await register(network, 'visits', visits(0, 50))
  const view = await runOnce(network, { ...privateRecipe, dataset: 'visits' })
  const { privacy } = await cardOf(network, view)
  assert.equal(privacy[0]!.unit, 'person')
  const left = await leftOf(network, 'visits')
  await register(network, 'visits', visits(50, 100))
  assert.equal(await leftOf(network, 'visits'), left, 'other records of the same people')
  await register(
    network,
    'visits',
    visits(50, 100).map(row => row.replace(/^p/, 'q')),
  )
  assert.equal(await leftOf(network, 'visits'), 1, 'other people')
})

/** Visits of sixty people, whose names begin with what `write` is given, and who are no feature of the data set. */
function visitsOfPeople(network: Network) {
  const path = join(network.directory, 'visits.csv')
  const rows = linesOf(network, 'a').slice(1)
  const write = (first: string): void => {
    const visits = rows.map((row, index) => `${first}${index % 60},${row}`)
    writeFileSync(path, `who,x,y,state\n${visits.join('\n')}\n`)
  }
  const source = { kind: 'csv' as const, path, label: 'state', features: ['x', 'y'] }
  const add = () => network.addDataset('a', { dataset: 'visits', source, validation: 0.2 })
  return { write, add }
}

test('who the persons are is part of a data set: other ones in its file are never charged as those before', async () => {
  await using network = await openGuarded({
    budgets: [{ dataset: 'visits', epsilon: 80, person: 'who', recordsMax: 2 }],
    exempt: { metrics: words },
  })
  const { write, add } = visitsOfPeople(network)
  const runFrom = (name: string) => runOnce(network, { ...privateRecipe, dataset: 'visits', name })
  const onlyA = async (name: string): Promise<string> => {
    const run = await network.startRun({ ...privateRecipe, dataset: 'visits', name }, ['a'])
    return (await network.awaitRun(run)).reason
  }
  write('p')
  await add()
  assert.equal(failureOf(await runFrom('first'), 'a'), undefined)
  const left = await leftOf(network, 'visits')
  assert.ok(left < 1)

  write('q')
  assert.match(await onlyA('second'), /a: data-changed/)
  write('p')
  assert.equal(await leftOf(network, 'visits'), left, 'nobody was charged')
  write('q')
  await add()
  assert.equal(await leftOf(network, 'visits'), 1, 'registered anew, they are other people')
})

test('records whose people have a budget are not used where it is not said whose they are', async () => {
  await using network = await openGuarded({
    budgets: [{ dataset: 'people', epsilon: 8, person: 'patient', recordsMax: 2 }],
    exempt: { metrics: words },
  })
  const [head, ...rows] = linesOf(network, 'a') as [string, ...string[]]
  const named = (from: string) => rows.map((row, index) => `${from}${index >> 1},${row}`)
  const train = async (dataset: string, recipe: RecipeInput = tableRecipe): Promise<string> => {
    const run = await network.startRun({ ...recipe, dataset, federation: short }, ['a'])
    const { phase, reason } = await network.awaitRun(run)
    return phase === 'done' ? phase : reason
  }
  await register(network, 'people', [`patient,${head}`, ...named('p')])
  const { result: version } = await runOnce(network, { ...privateRecipe, dataset: 'people' })
  const left = await leftOf(network, 'people')
  const turned = [head, ...rows].map(line => line.split(',').reverse().join(','))
  const others = {
    renamed: [`pid,${head}`, ...named('p')],
    dropped: [head, ...rows],
    turned: [turned[0]!, ...turned.slice(1).reverse()],
    blank: [`patient,${head}`, ...rows.map(row => `,${row}`)],
    upper: [`patient,${head}`, ...named('P')],
    part: [head, ...rows.slice(0, 20), ...rows.slice(20).map(row => row.replace(',', '1,'))],
  }
  for (const [dataset, lines] of Object.entries(others)) {
    await register(network, dataset, lines)
    for (const recipe of [tableRecipe, privateRecipe])
      assert.match(await train(dataset, recipe), /a: policy-refused/, dataset)
  }
  assert.equal(await leftOf(network, 'people'), left, 'nobody was charged')
  const compare = () =>
    network.callNode('a')(nodeEndpoints.compareModels, {
      params: { version: version! },
      body: { dataset: 'dropped' },
    })
  await assert.rejects(compare, { code: 'policy-refused', message: /records of people/ })
  // With the same people they are charged; other records are nobody's business.
  const moved = rows.map((row, index) => `${row},p${index >> 1}`)
  await register(network, 'moved', [`${head},patient`, ...moved.reverse()])
  assert.equal(await train('moved', privateRecipe), 'done')
  assert.ok((await leftOf(network, 'people')) < left)
  await register(network, 'others', [head, ...rows.map(row => row.replace(',', '1,'))])
  assert.equal(await train('others'), 'done')
  // Taking the budget out of the policy does not give the records free.
  setPolicy(network, 'a', { exempt: { metrics: words } })
  assert.match(await train('dropped'), /a: policy-refused/)
  assert.equal(await train('moved', privateRecipe), 'done')
})

test('a data set from before its persons had a digest has one once it is added again', async () => {
  await using network = await openGuarded({
    budgets: [{ dataset: 'visits', epsilon: 80, person: 'who', recordsMax: 2 }],
    exempt: { metrics: words },
  })
  const { write, add } = visitsOfPeople(network)
  const idOf = async (): Promise<string | undefined> =>
    (await network.callNode('a')(nodeEndpoints.listDatasets)).datasets.find(
      ({ card }) => card.dataset === 'visits',
    )?.card.id
  write('p')
  await add()
  await network.stopNode('a')
  {
    using database = new DatabaseSync(join(network.directory, 'a', 'node.sqlite'))
    database.exec('update dataset set units_digest = null')
  }
  await network.startNode('a', { openEngine: idleEngine })
  await add()
  const id = await idOf()
  await add()
  assert.equal(await idOf(), id, 'added once more, it is the same')
  write('q')
  const run = await network.startRun({ ...privateRecipe, dataset: 'visits' }, ['a'])
  assert.match((await network.awaitRun(run)).reason, /a: data-changed/)
})

test('the ε that was agreed on holds for every run, and each node works it out for its own records', async () => {
  await using network = await openGuarded({})
  await network.agree({ ...planeTerms, privacy: { secureAggregation: false, epsilonMax: 1 } })
  const federation = { ...short, rounds: 2 }
  const loud = await network.awaitRun(await network.startRun({ ...privateRecipe, federation }))
  assert.match(loud.reason, /a: agreement-refused/)
  const longer = { ...privateRecipe, privacy: { differentialPrivacy: { ...noise, noiseMultiplier: 8 } } }
  assert.equal(failureOf(await runOnce(network, { ...longer, federation }), 'a'), undefined)
  const many = { ...short, rounds: 60 }
  const { reason } = await network.awaitRun(await network.startRun({ ...longer, federation: many }))
  assert.match(reason, /a: agreement-refused/, 'rounds add up, before the first')
})

test('a program of one’s own trains records with a budget only by its owner’s word, and is charged as the engine is', async () => {
  const program = fileURLToPath(new URL('../examples/trainers/train-logistic.mjs', import.meta.url))
  const recipe = {
    ...privateRecipe,
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 0.1 },
  } as const satisfies RecipeInput
  await using network = await openGuarded({})
  const trainWith = (exempt: object): void => {
    const policy = {
      cpu: { threads: 1 },
      trainer: { command: [process.execPath, program] },
      privacy: { ...budgetOf(30), exempt: { metrics: words, ...exempt } },
    }
    writeFileSync(join(network.directory, 'a', 'policy.yaml'), JSON.stringify(policy))
  }
  trainWith({})
  assert.equal(failureOf(await runOnce(network, recipe), 'a'), 'policy-refused')
  assert.equal(await leftOf(network), 1)
  const trainer = 'Our own program adds the noise of the recipe; read and tested by our staff.'
  trainWith({ trainer })
  const view = await runOnce(network, recipe)
  assert.equal(failureOf(view, 'a'), undefined)
  assert.ok((await leftOf(network)) < 1)
  const [statement] = (await cardOf(network, view)).privacy
  assert.equal(statement!.exempt.trainer, trainer)
})
