import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import {
  createKeyPair,
  digestOfJson,
  hubEndpoints,
  manifestOf,
  parseRecipe,
  type Recipe,
  type RunView,
} from '@consort/protocol'
import { pino } from 'pino'
import { changed, type Forge, lyingTo } from './lying-hub.ts'
import { openSlowClock } from './moved-clock.ts'
import { type Network, openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'

const short = { ...tableRecipe, federation: { rounds: 1, roundWithinSeconds: 600 } } as const

async function runWith(network: Network, forge: Forge): Promise<RunView> {
  await network.stopNode('a')
  await network.startNode('a', { wrapCaller: lyingTo(network, forge) })
  return await network.awaitRun(await network.startRun(short))
}

const otherRecipe = parseRecipe({ ...short, optimiser: { kind: 'sgd', learningRate: 1 } })

const lies: Record<string, { forge: Forge; code: string }> = {
  'a task that the hub did not sign': {
    forge: ({ task, recipe }) => ({ task: changed(task, {}, createKeyPair()), recipe }),
    code: 'roster-altered',
  },
  'a task that was changed after it was signed': {
    forge: ({ task, recipe }) => ({ task: { ...task, document: { ...task.document, round: 7 } }, recipe }),
    code: 'roster-altered',
  },
  'a task for another member': {
    forge: ({ task, recipe }, key) => ({
      task: changed(task, { member: 'mem_0000000000000000' }, key),
      recipe,
    }),
    code: 'roster-altered',
  },
  'a task under a roster that nobody signed': {
    forge: ({ task, recipe }, key) => ({
      task: changed(task, { roster: digestOfJson('another') }, key),
      recipe,
    }),
    code: 'roster-altered',
  },
  'another recipe than the one that the task names': {
    forge: ({ task }) => ({ task, recipe: otherRecipe }),
    code: 'recipe-invalid',
  },
  'a recipe that is none': { forge: ({ task }) => ({ task, recipe: { recipe: 1 } }), code: 'recipe-invalid' },
  'a task that counts other rounds than its recipe': {
    forge: ({ task, recipe }, key) => ({ task: changed(task, { rounds: 2 }, key), recipe }),
    code: 'recipe-invalid',
  },
  'weights that somebody has crafted': {
    forge: ({ task, recipe }, key) => {
      const { bytes } = task.document.weights
      const crafted = manifestOf(new Uint8Array(bytes).fill(1))
      return { task: changed(task, { weights: crafted }, key), recipe }
    },
    code: 'weights-invalid',
  },
  'weights of another model': {
    forge: ({ task, recipe }, key) => {
      const { weights } = task.document
      const larger = {
        bytes: weights.bytes + 8,
        chunks: [{ ...weights.chunks[0]!, bytes: weights.bytes + 8 }],
      }
      return { task: changed(task, { weights: larger }, key), recipe }
    },
    code: 'weights-invalid',
  },
}

for (const [what, { forge, code }] of Object.entries(lies)) {
  test(`a node refuses ${what}, and the run says so within seconds`, async () => {
    await using network = await openNetwork()
    await network.joinWithTables({ a: 60, b: 90 })
    const view = await runWith(network, forge)
    assert.equal(view.phase, 'failed')
    const { failure } = view.history[0]!.members.find(member => member.name === 'a')!
    assert.equal(failure?.code, code)
    assert.match(failure.reference, /^node-[0-9a-f]{8}$/)
    assert.match(
      view.reason,
      new RegExp(`cannot have the 2 updates it needs \\(a: ${code}, see ${failure.reference} in its log`),
    )
  })
}

test('a node that cannot read a newer recipe fails its task, and goes on with the next', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  let isNewer = true
  const wrapCaller = lyingTo(network, ({ task, recipe }, key) => {
    if (!isNewer) return { task, recipe }
    const known = recipe as Recipe
    const newer = { ...known, evaluation: { ...known.evaluation, metrics: ['metric-of-the-future'] } }
    const sent = { task: changed(task, { recipe: digestOfJson(newer) }, key), recipe: newer, survey: null }
    const { recipe: read } = hubEndpoints.nextTask.result.parse(sent) // as it comes over the wire
    return { task: sent.task, recipe: read }
  })
  const logged: string[] = []
  await network.stopNode('a')
  const log = pino({ level: 'error' }, { write: line => logged.push(line) })
  await network.startNode('a', { wrapCaller, log })
  const view = await network.awaitRun(await network.startRun(short))
  assert.match(view.reason, /a: recipe-invalid/)
  assert.match(logged.join(''), /metric-of-the-future.*upgrade this node/)
  isNewer = false
  assert.equal((await network.awaitRun(await network.startRun(short))).phase, 'done')
})

const policies: Record<string, string> = {
  'another recipe': 'recipes: [{ name: something-else }]',
  'another kind of model': 'recipes: [{ model: cnn }]',
  'another digest': `recipes: [{ digest: "${digestOfJson('x')}" }]`,
  'fewer epochs': 'epochsMax: 0',
  'no training': 'work: { train: false }',
  'nothing, because nobody understands it': 'recipe: [plane]',
}
for (const [what, policy] of Object.entries(policies)) {
  test(`a site that allows ${what} beats the hub, also when the policy is edited while the node runs`, async () => {
    await using network = await openNetwork()
    await network.joinWithTables({ a: 60, b: 90 })
    assert.equal((await network.awaitRun(await network.startRun(short))).phase, 'done')
    const run = await network.startRun({ ...short, federation: { rounds: 50, roundWithinSeconds: 600 } })
    await network.awaitRun(run, view => view.round >= 2)
    writeFileSync(join(network.directory, 'a', 'policy.yaml'), `${policy}\n`)
    const view = await network.awaitRun(run)
    assert.equal(view.phase, 'failed')
    assert.match(view.reason, /a: policy-refused/)
  })
}

test('a data set that changes after its registration is not trained on', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const path = join(network.directory, 'a.csv')
  writeFileSync(path, `${readFileSync(path, 'utf8')}0.5,0.5,ill\n`)
  const view = await network.awaitRun(await network.startRun(short))
  assert.match(view.reason, /a: data-changed/)
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset('a', { dataset: 'plane', source, validation: 0.2 })
  assert.equal((await network.awaitRun(await network.startRun(short))).phase, 'done')
})

test('a class that the recipe does not know, and a truncated file, are named by code and never by value', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const task = { kind: 'classification' as const, classes: ['well', 'dead'] }
  const other = { ...short, task }
  assert.match((await network.awaitRun(await network.startRun(other))).reason, /[ab]: class-unknown/)
  const path = join(network.directory, 'a.csv')
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -9))
  assert.match((await network.awaitRun(await network.startRun(short))).reason, /a: data-(unreadable|changed)/)
})

test('a straggler is dropped at the deadline, and the round goes on with the others', async () => {
  const clock = openSlowClock()
  await using network = await openNetwork({ hubParts: { now: clock.now } })
  await network.joinWithTables({ a: 60, b: 90, c: 70 })
  const untilStopped = (_on: string, _what: unknown, signal?: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const sleeper = { train: untilStopped, evaluate: untilStopped, async [Symbol.asyncDispose]() {} }
  const federation = { rounds: 1, roundWithinSeconds: 50, evaluateWithinSeconds: 50 }
  const runWithout = async (): Promise<RunView> => {
    await network.stopNode('c')
    await network.startNode('c', { openEngine: async () => sleeper })
    const run = await network.startRun({ ...tableRecipe, federation })
    await network.watchRun(
      run,
      ({ history }) => history[0]?.members.filter(({ outcome }) => outcome === 'received').length === 2,
    )
    clock.pass(federation.roundWithinSeconds)
    await network.watchRun(
      run,
      ({ history }) => history[0]?.evaluations.filter(({ metrics }) => metrics !== null).length === 2,
    )
    clock.pass(federation.evaluateWithinSeconds)
    return await network.awaitRun(run)
  }
  const view = await runWithout()
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(
    view.history[0]!.members.map(member => member.outcome),
    ['received', 'received', 'late'],
  )
  assert.equal(view.history[0]!.evaluations.find(evaluation => evaluation.name === 'c')!.metrics, null)
  const next = await runWithout()
  const cost = next.history[0]!.members.find(member => member.name === 'c')!.cost!
  assert.equal(cost.dropouts, 1 / 1, 'it costs more to draw it now')
})

test('a run that cannot start says what it waits for, and ends when its time is over', async () => {
  const clock = openSlowClock()
  await using network = await openNetwork({ hubParts: { now: clock.now } })
  await network.joinWithTables({ a: 60, b: 90 })
  const federation = { rounds: 1, startWithinSeconds: 50 }
  const elsewhere = { ...tableRecipe, dataset: 'elsewhere', federation }
  const run = await network.startRun(elsewhere)
  const waiting = await network.awaitRun(run, view => view.reason.includes('registered'))
  assert.equal(waiting.phase, 'selecting')
  assert.match(
    waiting.reason,
    /waits for 2 partners with the data set “elsewhere”: a has not registered it; b has not/,
  )
  assert.ok(waiting.deadline)
  clock.pass(federation.startWithinSeconds)
  const failed = await network.awaitRun(run)
  assert.equal(failed.phase, 'failed')
  assert.match(failed.reason, /round 1 could not start: it waited for 2 partners/)
})

test('a cancelled run stops its nodes, and cancelling again changes nothing', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 400, b: 400 })
  const long = { ...tableRecipe, federation: { rounds: 1, localEpochs: 1000 } }
  const run = await network.startRun(long)
  await network.awaitRun(run, view => view.phase === 'training')
  const params = { run: run as never }
  assert.equal((await network.operator(hubEndpoints.cancelRun, { params })).phase, 'cancelled')
  assert.equal((await network.operator(hubEndpoints.cancelRun, { params })).phase, 'cancelled')
  const next = await network.awaitRun(await network.startRun(short))
  assert.equal(next.phase, 'done', next.reason)
})
