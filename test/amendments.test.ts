import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import type { OpenNodeEngine } from '@consort/node'
import { type AgreementTerms, hubEndpoints, nodeEndpoints, type RunView } from '@consort/protocol'
import { type Network, openNetwork } from './network.ts'
import { planeTerms, tableRecipe, writeTable } from './table-data.ts'

/** Nodes whose training of the second round, and of later ones, waits until the test lets it go on. */
function openGate() {
  const { promise: open, resolve: release } = Promise.withResolvers<void>()
  const trained = new Map<string, number>()
  const openEngine = (name: string): OpenNodeEngine =>
    (async ({ data }: { data: { train: { count: number }; evaluation: { count: number } } }) => ({
      async train(_: unknown, { weights }: { weights: Float32Array }) {
        const times = (trained.get(name) ?? 0) + 1
        trained.set(name, times)
        if (times > 1) await open
        return { weights, examples: data.train.count, loss: 1 }
      },
      evaluate: async () => ({ examples: data.evaluation.count, values: { loss: 0.5, accuracy: 0.5 } }),
      [Symbol.asyncDispose]: async () => {},
    })) as never
  return { release, openEngine }
}

async function register(network: Network, name: string): Promise<void> {
  const path = join(network.directory, `${name}.csv`)
  writeTable(path, { rows: 200, seed: 5 })
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset(name, { dataset: 'plane', source, validation: 0.2 })
}

/** A consortium in the second round of a run of four between a and b; c is a member, and has no records yet. */
async function openInRound(terms: AgreementTerms | null) {
  const { release, openEngine } = openGate()
  const network = await openNetwork({ nodeParts: { openEngine: openEngine('any') } })
  for (const name of ['a', 'b', 'c']) {
    await network.join(name)
    await network.stopNode(name)
    await network.startNode(name, { openEngine: openEngine(name) })
  }
  await network.signRoster()
  if (terms) await network.agree(terms)
  await register(network, 'a')
  await register(network, 'b')
  const run = await network.startRun({ ...tableRecipe, federation: { rounds: 4, partnersMin: 2 } })
  await network.awaitRun(run, ({ round }) => round >= 2)
  const dispose = async (): Promise<void> => {
    release()
    await network[Symbol.asyncDispose]()
  }
  return { network, run, release, [Symbol.asyncDispose]: dispose }
}

const failuresIn = ({ history }: RunView): string[] =>
  history.flatMap(({ members }) =>
    members.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure.code}`] : [])),
  )
const terms: AgreementTerms = { ...planeTerms, use: ['a', 'b', 'c'] }

/** Asserts that the run ends as it should, with nobody's failure and all three in its last round. */
async function assertAllTookPart(network: Network, run: string): Promise<void> {
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(failuresIn(view), [])
  assert.deepEqual(
    view.history.at(-1)?.members.map(({ name }) => name),
    ['a', 'b', 'c'],
  )
}

test('a run goes on with the roster that it began with, also for who takes its first task of it later', async () => {
  await using opened = await openInRound(null)
  const { network, run, release } = opened
  await network.join('d')
  await network.signRoster()
  await register(network, 'c')
  release()
  await assertAllTookPart(network, run)
})

test('a run goes on under terms that still cover it, whoever has seen the new ones', async () => {
  await using opened = await openInRound(terms)
  const { network, run, release } = opened
  await network.agree({ ...terms, benefit: { ...terms.benefit, answerPrice: 102 } })
  // It looks at the terms in force: `nowhere` is refused after that.
  const nowhere = { kind: 'mapped', path: '/nowhere.csv', mapping: '/nowhere.yaml' } as const
  const look = network.callNode('b')(nodeEndpoints.checkDataset, {
    body: { dataset: 'plane', source: nowhere },
  })
  await assert.rejects(look, { code: 'data-unreadable' })
  await register(network, 'c')
  release()
  await assertAllTookPart(network, run)
})

for (const [what, before, after, reason] of [
  ['another purpose', terms, { ...terms, purpose: { en: 'To sell.', zh: '出售' } }, /purpose/],
  ['the first agreement', null, terms, /before there was an agreement/],
] as const)
  test(`a run ends with ${what}, and says so`, async () => {
    await using opened = await openInRound(before)
    const { network, run, release } = opened
    await network.agree(after)
    const view = await network.awaitRun(run)
    assert.equal(view.phase, 'failed')
    assert.match(view.reason, /ended in round 2: .*agreement/)
    assert.match(view.reason, reason)
    release()
    const again = await network.startRun({ ...tableRecipe, federation: { rounds: 1, partnersMin: 2 } })
    assert.equal((await network.awaitRun(again)).phase, 'done')
  })

test('the hub shows documents that were in force, and no others', async () => {
  await using network = await openNetwork()
  for (const name of ['a', 'b', 'c']) await network.join(name)
  const { proposed } = await network.operator(hubEndpoints.getRoster)
  const digest = async () => {
    const { inForce } = await network.operator(hubEndpoints.getRoster)
    return inForce!.document
  }
  await network.signRoster()
  const first = await digest()
  assert.deepEqual(first, proposed!.document)
  await network.join('d')
  await network.signRoster()
  const second = await digest()
  const shown = await network.operator(hubEndpoints.getRosterOf, { params: { roster: second.previous! } })
  assert.deepEqual(shown.document, first)
  assert.equal(shown.signatures.length, 4)
  await assert.rejects(
    network.operator(hubEndpoints.getAgreementOf, { params: { agreement: second.previous! } }),
    { code: 'not-found' },
  )
})
