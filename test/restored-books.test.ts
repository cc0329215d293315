import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import {
  type Caller,
  createKeyPair,
  digestOfJson,
  hubEndpoints,
  nodeEndpoints,
  type PrivacyMark,
  parseKeyPair,
  Refusal,
  type SignedPrivacyMark,
  signDocument,
} from '@consort/protocol'
import {
  budgetOf,
  cardOf,
  failureOf,
  leftOf,
  linesOf,
  openGuarded,
  privateRecipe,
  register,
  runOnce,
  setPolicy,
  short,
  show,
  words,
} from './guarded-network.ts'
import { type Network, openNetwork } from './network.ts'
import { writeTable } from './table-data.ts'

/** The directory as a power cut, or a snapshot of a running machine, finds it; its owner vouches for the copy. */
function copyOf(network: Network, name: string, into: string): void {
  cpSync(join(network.directory, name), join(network.directory, into), { recursive: true })
  rmSync(join(network.directory, into, 'in-use.json'), { force: true })
}

async function replaceBy(network: Network, name: string, copy: string): Promise<void> {
  await network.stopNode(name)
  rmSync(join(network.directory, name), { recursive: true })
  cpSync(join(network.directory, copy), join(network.directory, name), { recursive: true })
  rmSync(join(network.directory, name, 'lock'), { force: true })
}

test('power is lost between the reservation and the training: what was reserved is wasted, and not forgotten', async () => {
  await using network = await openGuarded({ ...budgetOf(8), exempt: { metrics: words } })
  await network.stopNode('a')
  const reached = Promise.withResolvers<void>()
  const cut = Promise.withResolvers<never>()
  const openEngine = () => {
    reached.resolve()
    return cut.promise
  }
  await network.startNode('a', { openEngine })
  const run = await network.startRun({ ...privateRecipe, federation: { ...short, roundWithinSeconds: 60 } })
  await reached.promise
  copyOf(network, 'a', 'a-dead')
  const replaced = replaceBy(network, 'a', 'a-dead')
  cut.reject(new Error('the power is lost'))
  await replaced
  await network.startNode('a')
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  assert.equal(failureOf(view, 'a'), undefined)
  const twice = { left: await leftOf(network), reservations: (await show(network)).reservations }
  assert.equal(twice.reservations, 2, 'the one that was cut short, and the one that was used')
  await using peaceful = await openGuarded({ ...budgetOf(8), exempt: { metrics: words } })
  const once = await cardOf(peaceful, await runOnce(peaceful))
  assert.ok(twice.left < (await leftOf(peaceful)))
  assert.ok((await cardOf(network, view)).privacy[0]!.epsilon > once.privacy[0]!.epsilon)
})

test('a directory that was restored from a backup is noticed, spends nothing, and goes on once it is reconciled', async () => {
  await using network = await openGuarded({ ...budgetOf(20), exempt: { metrics: words } })
  await runOnce(network)
  await network.stopNode('a')
  copyOf(network, 'a', 'a-backup')
  // Nothing was spent since: no alarm.
  await replaceBy(network, 'a', 'a-backup')
  await network.startNode('a')
  assert.equal((await show(network)).books, 'current')
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  const live = await leftOf(network)

  await replaceBy(network, 'a', 'a-backup')
  await network.startNode('a')
  const forgetful = await show(network)
  assert.equal(forgetful.books, 'restored')
  assert.ok(forgetful.budgets[0]!.leftShare > live, 'the copy believes that it has more')
  for (const _ of [1, 2]) assert.equal(failureOf(await runOnce(network), 'a'), 'privacy-budget-restored')
  assert.equal((await show(network)).reservations, forgetful.reservations, 'nothing is spent')

  const after = await network.callNode('a')(nodeEndpoints.reconcileBudgets)
  assert.equal(after.books, 'current')
  assert.ok(Math.abs(after.budgets[0]!.leftShare - live) < 1e-9, `${after.budgets[0]!.leftShare}, ${live}`)
  assert.deepEqual(await network.callNode('a')(nodeEndpoints.reconcileBudgets), after, 'safe to repeat')
  // Records that the copy has never seen may have been among those that it forgot.
  writeTable(join(network.directory, 'late.csv'), { rows: 60, seed: 7 })
  await register(network, 'late', linesOf(network, 'late'))
  setPolicy(network, 'a', {
    budgets: [...budgetOf(20).budgets, { dataset: 'late', epsilon: 20 }],
    exempt: { metrics: words },
  })
  assert.ok(Math.abs((await leftOf(network, 'late')) - live) < 1e-9)
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  assert.ok((await leftOf(network)) < live)
})

test('without the hub’s memory a restored copy would spend twice: the same with a hub that says that it knows nothing', async () => {
  await using network = await openGuarded({ ...budgetOf(20), exempt: { metrics: words } })
  await network.stopNode('a')
  copyOf(network, 'a', 'a-backup')
  await network.startNode('a')
  await runOnce(network)
  const live = await leftOf(network)
  await replaceBy(network, 'a', 'a-backup')
  /** The planted break: marks are neither compared nor kept. */
  const blind = (call: Caller): Caller =>
    (async (endpoint, ...rest) => {
      if ((endpoint as unknown) === hubEndpoints.getPrivacyMark) return { mark: null }
      if ((endpoint as unknown) === hubEndpoints.putPrivacyMark) return await signedByHub(network, rest[0])
      return await call(endpoint, ...rest)
    }) as Caller
  await network.startNode('a', { wrapCaller: blind })
  assert.equal(failureOf(await runOnce(network), 'a'), undefined, 'nobody notices')
  assert.equal(await leftOf(network), live, 'two releases, and one in the books')

  await network.stopNode('a')
  const unsigned = (call: Caller): Caller =>
    (async (endpoint, ...rest) =>
      (endpoint as unknown) === hubEndpoints.putPrivacyMark
        ? { mark: (rest[0] as { body: { mark: unknown } }).body.mark }
        : (endpoint as unknown) === hubEndpoints.getPrivacyMark
          ? { mark: null }
          : await call(endpoint, ...rest)) as Caller
  await network.startNode('a', { wrapCaller: unsigned })
  assert.equal(failureOf(await runOnce(network), 'a'), 'roster-altered', 'a mark needs the hub’s signature')
})

test('an answer of the hub that is lost, and a hub that was itself restored, are no alarm', async () => {
  await using network = await openGuarded({ ...budgetOf(20), exempt: { metrics: words } })
  copyOf(network, 'hub', 'hub-backup')
  await network.stopNode('a')
  let lost = 0
  const losing = (call: Caller): Caller =>
    (async (endpoint, ...rest) => {
      const answer = await call(endpoint, ...rest)
      const isLost = (endpoint as unknown) === hubEndpoints.putPrivacyMark && lost++ < 2
      if (isLost) throw new Refusal('unreachable', 'the answer was lost')
      return answer
    }) as Caller
  await network.startNode('a', { wrapCaller: losing })
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  assert.ok(lost > 2)
  const { books, reservations } = await show(network)
  assert.deepEqual([books, reservations], ['current', 2], 'told again, not reserved again')
  await network.restartHub(() => {
    rmSync(join(network.directory, 'hub'), { recursive: true })
    cpSync(join(network.directory, 'hub-backup'), join(network.directory, 'hub'), { recursive: true })
  })
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  const { mark } = await network.identity('a').call(hubEndpoints.getPrivacyMark)
  assert.equal(mark?.document.counter, 3, 'its own signature under the second told it')
})

test('the hub signs only for a privacy book that goes on from the last that it signed for', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60 })
  const { call, key, member } = network.identity('a')
  const next = (counter: number, text: string, by = key): SignedPrivacyMark => {
    const document: PrivacyMark = {
      kind: 'privacy-mark',
      member,
      counter,
      head: digestOfJson(text),
      lost: [],
    }
    return { document, signatures: [signDocument(document, by)] }
  }
  const put = async (
    mark: SignedPrivacyMark,
    previous: SignedPrivacyMark | null,
  ): Promise<SignedPrivacyMark> =>
    (await call(hubEndpoints.putPrivacyMark, { body: { mark, previous } })).mark!
  const first = await put(next(1, 'one'), null)
  assert.deepEqual(await put(next(1, 'one'), null), first, 'safe to repeat')
  const second = await put(next(2, 'two'), first)
  const restored = { code: 'privacy-budget-restored' }
  await assert.rejects(put(next(1, 'one'), null), restored)
  await assert.rejects(put(next(2, 'another two'), first), restored)
  await assert.rejects(put(next(3, 'three'), first), restored)
  await assert.rejects(put(next(3, 'three'), null), restored)
  await assert.rejects(put(next(2, 'two and a half'), second), restored)
  const forged = { code: 'signature-invalid' }
  await assert.rejects(put(next(3, 'three', createKeyPair()), second), forged)
  await assert.rejects(put(next(4, 'four'), next(3, 'three')), forged)
  assert.deepEqual((await call(hubEndpoints.getPrivacyMark)).mark, second)
  assert.equal((await put(next(3, 'three'), second)).document.counter, 3)
})

async function signedByHub(network: Network, input: unknown): Promise<unknown> {
  const { mark } = (input as { body: { mark: SignedPrivacyMark } }).body
  const key = parseKeyPair(readFileSync(join(network.directory, 'hub', 'hub.key'), 'utf8'))
  return { mark: { ...mark, signatures: [...mark.signatures, signDocument(mark.document, key)] } }
}
