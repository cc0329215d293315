import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import {
  type Caller,
  type Cohort,
  type Digest,
  digestOfBytes,
  digestOfManifest,
  hubEndpoints,
  type Manifest,
  type MaskedInput,
  nodeEndpoints,
  Refusal,
  type SignedDataCard,
  signDocument,
} from '@consort/protocol'
import { type FileSystem, localFiles } from '@consort/storage'
import { openNetwork } from './network.ts'
import { recipeOf, secure, sent, tables } from './secure-sums.ts'
import { writeTable } from './table-data.ts'

test('a hub that weighs partners by old data cards learns nobody’s update: a node sums by the card of its task', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  const listed = async (name: string): Promise<SignedDataCard> => {
    const { datasets } = await network.callNode(name)(nodeEndpoints.listDatasets)
    const { card } = datasets.find(view => view.card.dataset === 'plane')!
    return { document: card, signatures: [signDocument(card, network.identity(name).key)] }
  }
  const old = new Map<string, SignedDataCard>()
  for (const name of ['a', 'b', 'c']) {
    old.set(name, await listed(name))
    const path = join(network.directory, `${name}-more.csv`)
    writeTable(path, { rows: 200, seed: 40 })
    await network.addDataset(name, { dataset: 'plane', source: { kind: 'csv', path, label: 'state' } })
  }
  const lying = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const answer = await call(endpoint, input as never, options)
      if ((endpoint as unknown) !== hubEndpoints.getCohort) return answer
      const { attempt, members } = answer as Cohort
      return { attempt, members: members.map(({ name, card }) => ({ name, card: old.get(name) ?? card })) }
    }) as Caller
  for (const name of Object.keys(tables)) {
    await network.stopNode(name)
    await network.startNode(name, { wrapCaller: lying })
  }
  const view = await network.awaitRun(
    await network.startRun(recipeOf(secure, { rounds: 1, roundWithinSeconds: 600 })),
  )
  assert.equal(view.phase, 'failed')
  assert.equal(view.result, null, 'no sum was opened')
  const failures = view.history.flatMap(({ members }) =>
    members.flatMap(({ failure }) => failure?.code ?? []),
  )
  assert.ok(failures.includes('roster-altered'), `${failures}`)
})

test('whoever is in one run and not in the next of the same recipe is exposed, and the run says so', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ ...tables, e: 60 })
  const all = [...Object.keys(tables), 'e']
  const runWith = async (members: string[]) => {
    const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 }), members))
    assert.equal(view.phase, 'done', view.reason)
    return view
  }
  const first = await runWith(all)
  assert.deepEqual(first.exposures, [])
  const second = await runWith(all.slice(0, 4))
  assert.equal(second.exposures.length, 1)
  assert.match(
    second.exposures[0]!.fact,
    new RegExp(
      `^e's update is exposed, .*rounds 1 of ${first.id} and 1|^e's update is exposed, .*rounds 1 and 1 of ${first.id}`,
    ),
  )
})

test('a partner that announces another update after it has handed one in cannot end the run', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  const refusals: string[] = []
  const changing = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const answer = await call(endpoint, input as never, options)
      const { params, body } = (input ?? {}) as { params?: { task: never }; body?: { kind?: string } }
      if ((endpoint as unknown) !== hubEndpoints.sendAggregationMessage || body?.kind !== 'masked-input')
        return answer
      const bytes = masked!.bytes
      const other = { bytes, chunks: [{ digest: digestOfBytes(Buffer.from('x')), bytes }] }
      await call(hubEndpoints.offerUpdate, { params: params!, body: other }).catch(error =>
        refusals.push((error as Refusal).code),
      )
      return answer
    }) as Caller
  let masked: Manifest | undefined
  const noting = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      if ((endpoint as unknown) === hubEndpoints.offerUpdate) masked = (input as { body: Manifest }).body
      return await call(endpoint, input as never, options)
    }) as Caller
  await network.startNode('d', { wrapCaller: call => changing(noting(call)) })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(refusals, ['state-conflict'])
  assert.deepEqual(sent(view, 1), Object.keys(tables))
})

test('who fails in the middle of a sum is missed by it at once, and is not asked again', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  let failures = 0
  const failing = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const body = (input as { body?: { kind?: string } } | undefined)?.body
      if ((endpoint as unknown) === hubEndpoints.failTask) failures++
      if ((endpoint as unknown) === hubEndpoints.sendAggregationMessage && body?.kind === 'masked-input')
        throw new Refusal('policy-refused', 'not any more')
      return await call(endpoint, input as never, options)
    }) as Caller
  await network.startNode('d', { wrapCaller: failing })
  const patient = { rounds: 1, roundWithinSeconds: 600 }
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, patient)))
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(sent(view, 1), ['a', 'b', 'c'])
  assert.equal(failures, 1)
})

test('a partner that announces a chunk of the weights as its masked update cannot end the run', async () => {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  const codes: string[] = []
  let [base, forged, missing]: [Digest?, Manifest?, Digest[]?] = []
  const forging = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      const { params, body } = (input ?? {}) as { params: { digest: Digest }; body?: unknown }
      if (which === hubEndpoints.getWeights) base ??= params.digest
      if (which === hubEndpoints.offerUpdate) {
        const { bytes } = body as Manifest
        forged = { bytes, chunks: [{ digest: base!, bytes }] }
        const answer = await call(hubEndpoints.offerUpdate, { params: params as never, body: forged })
        missing = answer.missing
        return { missing: [] }
      }
      if (which !== hubEndpoints.sendAggregationMessage || (body as MaskedInput).kind !== 'masked-input')
        return await call(endpoint, input as never, options)
      const { kind, signature: _, ...said } = { ...(body as MaskedInput), digest: digestOfManifest(forged!) }
      const { key } = network.identity('d')
      const signature = signDocument({ kind: 'secure-aggregation-input', ...said }, key).signature
      const sentOn = { ...(input as object), body: { kind, ...said, signature } }
      try {
        return await call(endpoint, sentOn as never, options)
      } catch (error) {
        codes.push((error as Refusal).code)
        throw new Refusal('policy-refused', 'caught')
      }
    }) as Caller
  await network.startNode('d', { wrapCaller: forging })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(missing, [base])
  assert.deepEqual(codes, ['state-conflict'])
  assert.deepEqual(sent(view, 1), ['a', 'b', 'c'])
})

test('a masked update that is gone when the sum is opened ends the attempt at once, and the run says why', async () => {
  let lost: string | undefined
  const files: FileSystem = {
    ...localFiles,
    size: async path => (lost && path.includes(lost) ? undefined : await localFiles.size(path)),
    read: async (path, into) => {
      if (lost && path.includes(lost)) throw Object.assign(new Error('gone'), { code: 'ENOENT' })
      return await localFiles.read(path, into)
    },
  }
  await using network = await openNetwork({ hubParts: { files } })
  await network.joinWithTables(tables)
  await network.stopNode('d')
  const losing = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const answer = await call(endpoint, input as never, options)
      const { params, body } = (input ?? {}) as { params?: { task: string }; body?: { kind?: string } }
      if ((endpoint as unknown) === hubEndpoints.sendAggregationMessage && body?.kind === 'masked-input')
        lost ??= params!.task
      return answer
    }) as Caller
  await network.startNode('d', { wrapCaller: losing })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  // Shares were opened, so there is no second attempt: two sums over the same updates could be compared.
  assert.match(view.reason, new RegExp(`^round 1 was given up after 1 attempts: .*${lost} is not there$`))
})
