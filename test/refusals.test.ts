import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import {
  createCaller,
  createKeyPair,
  digestOfBytes,
  digestOfManifest,
  encodeTensors,
  formatInvite,
  hubEndpoints,
  type Manifest,
  manifestOf,
  parseInvite,
  parseRecipe,
  Refusal,
  type RefusalCode,
  type SignedRoster,
  signDocument,
  sliceChunks,
} from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { type Network, openNetwork } from './network.ts'
import { enrolByHand, type RawMember, signByHand } from './raw-member.ts'
import { tableRecipe } from './table-data.ts'

/** A refusal that says what is wrong and what to do about it. */
async function assertRefused(
  call: Promise<unknown>,
  code: RefusalCode,
  message: RegExp,
  hint = true,
): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    if (hint) assert.ok(error.hint, `${code} has a hint`)
    return true
  })
}

const solo = { ...tableRecipe, federation: { rounds: 1, partnersMin: 1 } } as const
const plan = planModel(parseRecipe(solo))

/** A member by hand, on a signed roster, with an open training task. */
async function memberWithTask(
  network: Network,
): Promise<{ member: RawMember; task: Awaited<ReturnType<RawMember['nextTask']>>; run: string }> {
  const member = await enrolByHand(network, 'hand')
  await signByHand(member)
  await member.publishCard()
  await member.call(hubEndpoints.nextTask, { query: { wait: 0 } })
  const run = await network.startRun(solo)
  return { member, task: await member.nextTask(), run }
}

async function upload(
  { call }: RawMember,
  task: string,
  file: Uint8Array,
  manifest: Manifest = manifestOf(file),
): Promise<void> {
  const params = { task: task as never }
  const { missing } = await call(hubEndpoints.offerUpdate, { params, body: manifest })
  const chunks = sliceChunks(file)
  for (const [index, { digest }] of manifest.chunks.entries()) {
    if (missing.includes(digest))
      await call(hubEndpoints.putChunk, { params: { ...params, digest }, body: chunks[index]! })
  }
}

test('invites: unknown, wrong, used by another, for a taken name, not one at all', async () => {
  await using network = await openNetwork()
  const { operator } = network
  const { invite } = await operator(hubEndpoints.createInvite, { body: { name: 'a' } })
  const { id, secret, hubUrl } = parseInvite(invite)
  const stranger = () =>
    createCaller({ base: hubUrl, fetch: fetch as never, key: createKeyPair(), nowMs: Date.now })
  await assertRefused(
    stranger()(hubEndpoints.enrol, { body: { invite: id, secret: 'x'.repeat(22) } }),
    'invite-unknown',
    /did not issue/,
  )
  await assertRefused(
    stranger()(hubEndpoints.enrol, { body: { invite: 'inv_0000000000000000', secret } }),
    'invite-unknown',
    /did not issue/,
  )
  const first = stranger()
  const { member } = await first(hubEndpoints.enrol, { body: { invite: id, secret } })
  assert.deepEqual(
    await first(hubEndpoints.enrol, { body: { invite: id, secret } }),
    { member },
    'repeating is safe',
  )
  await assertRefused(
    stranger()(hubEndpoints.enrol, { body: { invite: id, secret } }),
    'invite-used',
    /taken up/,
  )
  await assertRefused(operator(hubEndpoints.createInvite, { body: { name: 'a' } }), 'name-taken', /called a/)
  await assertRefused(
    operator(hubEndpoints.createInvite, { body: { name: 'Not a name' as never } }),
    'input-invalid',
    /name/,
  )
  assert.throws(() => parseInvite('consort-invite.AAAA'), { code: 'input-invalid' })
  assert.throws(() => parseInvite(formatInvite(parseInvite(invite)).slice(0, -9)), { code: 'input-invalid' })
})

test('rosters: unsigned, altered, signed for another text or by another key', async () => {
  await using network = await openNetwork()
  const member = await enrolByHand(network, 'a')
  await member.publishCard()
  await assertRefused(network.startRun(solo), 'roster-unsigned', /No roster is in force/)
  const { proposed } = (await member.call(hubEndpoints.getRoster)) as { proposed: SignedRoster }
  const sign = (body: object) => member.call(hubEndpoints.signRoster, { body: body as never })
  const altered = { ...proposed.document, consortium: 'elsewhere' }
  const { digestOfDocument } = await import('@consort/protocol')
  await assertRefused(
    sign({ roster: digestOfDocument(altered), signature: signDocument(altered, member.key) }),
    'roster-altered',
    /not the one proposed/,
  )
  const roster = digestOfDocument(proposed.document)
  await assertRefused(
    sign({ roster, signature: signDocument(altered, member.key) }),
    'signature-invalid',
    /not the caller/,
    false,
  )
  await assertRefused(
    sign({ roster, signature: signDocument(proposed.document, createKeyPair()) }),
    'signature-invalid',
    /not the caller/,
    false,
  )
  await signByHand(member)
  assert.equal((await member.call(hubEndpoints.getRoster)).inForce?.document.version, 1)
})

test('callers: unsigned, unknown, not the operator, somebody else’s task', async () => {
  await using network = await openNetwork()
  const { task, member, run } = await memberWithTask(network)
  const base = new URL(network.hub.url).origin
  const unsigned = createCaller({ base, fetch: fetch as never, nowMs: Date.now })
  await assertRefused(unsigned(hubEndpoints.listRuns), 'signature-missing', /must be signed/)
  const unknown = createCaller({ base, fetch: fetch as never, key: createKeyPair(), nowMs: Date.now })
  await assertRefused(unknown(hubEndpoints.listRuns), 'caller-unknown', /No member/)
  await assertRefused(
    member.call(hubEndpoints.cancelRun, { params: { run: run as never } }),
    'not-allowed',
    /Only the operator/,
  )
  const other = await enrolByHand(network, 'other')
  const params = { task: task.id }
  await assertRefused(
    other.call(hubEndpoints.offerUpdate, { params, body: task.weights }),
    'not-found',
    /for this member/,
    false,
  )
  const { digest } = task.weights.chunks[0]!
  await assertRefused(
    other.call(hubEndpoints.getWeights, { params: { ...params, digest } }),
    'not-found',
    /for this member/,
    false,
  )
  const foreign = { ...member.card, id: 'crd_0000000000000000' as const }
  const body = { document: foreign, signatures: [signDocument(foreign, other.key)] }
  await assertRefused(other.call(hubEndpoints.putDataCard, { body }), 'not-allowed', /its own cards/, false)
})

test('updates: wrong size, shape, digest, numbers, counts; too early, too late; then the right one still goes through', async () => {
  await using network = await openNetwork()
  const { member, task, run } = await memberWithTask(network)
  const params = { task: task.id }
  const right = encodeTensors(plan.layout, initialWeights(plan, 5))
  const finish = (file: Uint8Array, examples = 10) =>
    member.call(hubEndpoints.finishTraining, {
      params,
      body: { update: digestOfManifest(manifestOf(file)), examples },
    })

  await assertRefused(finish(right), 'state-conflict', /announced/)
  const larger = manifestOf(new Uint8Array(right.length + 4))
  await assertRefused(
    member.call(hubEndpoints.offerUpdate, { params, body: larger }),
    'update-shape',
    /bytes/,
  )

  const renamed = Uint8Array.from(right)
  renamed.set(Buffer.from('dense2'), Buffer.from(right).indexOf('dense1'))
  await upload(member, task.id, renamed)
  await assertRefused(finish(renamed), 'update-shape', /does not hold the tensors/)

  const broken = initialWeights(plan, 5)
  broken[3] = Number.NaN
  const notFinite = encodeTensors(plan.layout, broken)
  await upload(member, task.id, notFinite)
  await assertRefused(finish(notFinite), 'update-not-finite', /not finite/)

  const manifest = manifestOf(right)
  const { digest } = manifest.chunks[0]!
  await member.call(hubEndpoints.offerUpdate, { params, body: manifest })
  await assertRefused(finish(right), 'state-conflict', /1 chunks have not arrived/)
  const put = (body: Uint8Array, of = digest) =>
    member.call(hubEndpoints.putChunk, { params: { ...params, digest: of }, body })
  await assertRefused(put(right.subarray(1)), 'digest-mismatch', /signed for another content/, false)
  await assertRefused(put(right, digestOfBytes(Buffer.from('another'))), 'not-found', /no such chunk/)

  await upload(member, task.id, right)
  await assertRefused(finish(right, 11), 'card-mismatch', /11 examples, the data card declares 10/)
  await finish(right)
  await finish(right) // the answer may have been lost
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  await assertRefused(upload(member, task.id, notFinite), 'task-closed', /before/)
})

test('an oversized body is cut off, and what is no JSON is named', async () => {
  await using network = await openNetwork()
  const { member, task } = await memberWithTask(network)
  const right = manifestOf(encodeTensors(plan.layout, initialWeights(plan, 5)))
  await member.call(hubEndpoints.offerUpdate, { params: { task: task.id }, body: right })
  const far = { task: task.id, digest: right.chunks[0]!.digest }
  const { signRequest } = await import('@consort/protocol')
  const send = async (body: Uint8Array): Promise<number> => {
    const nonce = (await fetch(`${network.hub.url}/v1/nonce`)).headers.get('consort-nonce')!
    const targetUri = `${network.hub.url}/v1/tasks/${far.task}/update/${far.digest}`
    const headers = signRequest({ method: 'PUT', targetUri, body, nonce, created: 1 }, member.key)
    // The signature covers a small body with the announced digest; what follows is much more.
    const response = await fetch(targetUri, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body: body as never,
    }).catch(() => undefined)
    return response?.status ?? 0
  }
  assert.ok([0, 413, 422].includes(await send(new Uint8Array(6_000_000))))
  const huge = JSON.stringify({ recipe: 'x'.repeat(9_000_000) })
  await assertRefused(
    network.operator(hubEndpoints.createRun, { body: JSON.parse(huge) }),
    'too-large',
    /over/,
    false,
  )
  assert.equal((await network.operator(hubEndpoints.listRuns)).runs.length, 1, 'the hub stays up')
})

test('runs: a recipe with a wrong field, too few partners, a stranger, a reused key', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60 })
  const { operator } = network
  const create = (recipe: object, more: object = {}) =>
    operator(hubEndpoints.createRun, {
      body: { recipe, idempotencyKey: crypto.randomUUID(), ...more } as never,
    })
  await assertRefused(create({ ...solo, epochs: 3 }), 'input-invalid', /recipe.*epochs/s)
  await assertRefused(create(tableRecipe), 'state-conflict', /needs 2 partners, 1 could/)
  await assertRefused(create(solo, { only: ['nobody'] }), 'not-found', /called nobody/)
  const idempotencyKey = crypto.randomUUID()
  const run = await create(solo, { idempotencyKey })
  assert.equal((await create(solo, { idempotencyKey })).id, run.id)
  await assertRefused(
    create({ ...solo, seed: 2 }, { idempotencyKey }),
    'state-conflict',
    /used for another recipe/,
  )
  const { id } = await create({ ...solo, model: { kind: 'mlp', layers: [{ kind: 'dense', units: 3 }] } })
  assert.equal((await network.awaitRun(id)).phase, 'done')
})

test('runs: features that the data cards lack are named at the start, and who lacks them', async () => {
  await using network = await openNetwork()
  const north = await enrolByHand(network, 'north')
  const south = await enrolByHand(network, 'south')
  await signByHand(north)
  await signByHand(south)
  const withColumns = (...columns: string[]) => ({ contents: { kind: 'table' as const, columns } })
  const create = (recipe: object) =>
    network.operator(hubEndpoints.createRun, {
      body: { recipe, idempotencyKey: crypto.randomUUID() } as never,
    })
  assert.deepEqual((await create(tableRecipe)).lacking, [], 'who has no card yet may still register')
  await north.publishCard(withColumns('x', 'Y'))
  await south.publishCard(withColumns('x', 'Y'))
  await assertRefused(create(tableRecipe), 'data-mismatch', /No registered data card.* y;.*north, south/)
  await south.publishCard(withColumns('x', 'y'))
  await assertRefused(create(tableRecipe), 'data-mismatch', /needs 2 partners, and only south.*north lacks y/)
  assert.deepEqual((await create(solo)).lacking, [{ name: 'north', columns: ['y'] }])
})

test('data: no such label, file, column, class or split; the node says what to do and stays up', async () => {
  await using network = await openNetwork()
  await network.join('a')
  const file = (name: string, text: string | Uint8Array): string => {
    const path = join(network.directory, name)
    writeFileSync(path, text)
    return path
  }
  const csv = file('a.csv', `x,y,state\n${'1,2,ill\n2,NaN,well\n'.repeat(20)}`)
  const add = (source: object, more: object = {}) =>
    network.addDataset('a', { dataset: 'plane', source, ...more } as never)
  const table = { kind: 'csv', path: csv, label: 'state' }
  await assertRefused(add({ ...table, label: 'outcome' }), 'label-missing', /outcome/)
  await assertRefused(add({ ...table, label: '' }), 'input-invalid', /^body: source\.label: /)
  await assertRefused(add({ ...table, kind: 'arrow' }), 'input-invalid', /^body: source\.kind: /)
  await assertRefused(
    add({ ...table, path: join(network.directory, 'none.csv') }),
    'data-unreadable',
    /none\.csv/,
  )
  await assertRefused(add({ ...table, features: ['x', 'z'] }), 'data-unreadable', /z/)
  await assertRefused(add({ ...table, path: file('empty.csv', '') }), 'data-unreadable', /empty\.csv/)
  await assertRefused(add(table, { validation: 0.0001 }), 'split-empty', /validation/)
  await assertRefused(add(table, { validation: 2 }), 'input-invalid', /validation/)
  const images = file('images.idx', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3))
  const labels = file('labels.idx', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 2))
  await assertRefused(add({ kind: 'idx', images, labels }), 'data-unreadable', /images\.idx/)
  await add(table, { validation: 0 })
})

test('a request that was recorded and sent again is refused', async () => {
  await using network = await openNetwork()
  const { member } = await memberWithTask(network)
  const recorded: [string, RequestInit][] = []
  const recording = createCaller({
    base: network.hub.url,
    fetch: (url, init) => {
      recorded.push([url, init as RequestInit])
      return fetch(url, init as RequestInit)
    },
    key: member.key,
    nowMs: Date.now,
  })
  await recording(hubEndpoints.getRoster)
  const [url, init] = recorded.at(-1)!
  const replay = await fetch(url, { method: init.method!, headers: init.headers! })
  assert.equal(replay.status, 401)
  const problem = (await replay.json()) as { code: string }
  assert.equal(problem.code, 'nonce-unknown')
})

for (const hours of [-1, 1]) {
  test(`a node whose clock is off by ${hours} hour works like any other`, async () => {
    const off = () => new Date(Date.now() + hours * 3_600_000)
    await using network = await openNetwork({ nodeParts: { now: off } })
    await network.joinWithTables({ a: 60, b: 90 })
    const view = await network.awaitRun(await network.startRun(tableRecipe))
    assert.equal(view.phase, 'done', view.reason)
  })
}
