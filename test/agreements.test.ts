import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import {
  type Caller,
  digestOfDocument,
  digestOfJson,
  hubEndpoints,
  nodeEndpoints,
  parseRecipe,
  type StatementView,
} from '@consort/protocol'
import { consort } from './cli-process.ts'
import { changed, type Forge, lyingTo } from './lying-hub.ts'
import { type Network, openNetwork } from './network.ts'
import { november, openAgreed, short, tellAnswers } from './settling.ts'
import { planeTerms as terms } from './table-data.ts'

const show = (network: Network) => network.operator(hubEndpoints.getAgreement)

test('terms are in force when all partners have signed, and runs are bound to them', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const { proposed } = await network.operator(hubEndpoints.proposeAgreement, { body: terms })
  assert.equal(proposed?.document.wording, 2, 'new terms name the edition that they are read in')
  const body = { agreement: digestOfDocument(proposed.document) }
  const unread = await consort('--data', network.nodeConfig('a').dataPath, 'agreement', 'sign')
  assert.equal(unread.code, 3)
  assert.match(unread.err, /Nothing was signed[\s\S]*agreement show[\s\S]*--yes/)
  const half = await network.callNode('a')(nodeEndpoints.confirmAgreement, { body })
  assert.equal(half.inForce, null)
  const whole = await network.callNode('b')(nodeEndpoints.confirmAgreement, { body })
  assert.equal(whole.proposed, null)
  assert.equal(whole.inForce?.document.version, 1)
  assert.deepEqual(await network.callNode('b')(nodeEndpoints.confirmAgreement, { body }), whole)

  const view = await network.awaitRun(await network.startRun(short))
  assert.equal(view.phase, 'done', view.reason)
  assert.equal(view.agreementDigest, body.agreement)
  const card = await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })
  assert.equal(card.agreementDigest, body.agreement)
})

test('two registrations at once take in new terms once', async () => {
  await using network = await openAgreed()
  const mapping = `${network.directory}/mapping.yaml`
  const [x, y] = ['x', 'y'].map(column => ({ column, unit: '1' }))
  const label = { column: 'state', codes: { well: 'well', ill: 'ill' } }
  writeFileSync(mapping, JSON.stringify({ mapping: 1, dataset: 'plane', fields: { x, y }, label }))
  const source = { kind: 'mapped', path: `${network.directory}/a.csv`, mapping } as const
  const register = () => network.addDataset('a', { dataset: 'plane', source, validation: 0.2 })
  const outcomes = await Promise.allSettled([register(), register(), register()])
  assert.deepEqual(
    outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : [])),
    [],
  )
  const database = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`)
  const accepted = database.prepare("select seq from event where text like '%agreement-accepted%'").all()
  database.close()
  assert.equal(accepted.length, 1)
})

test('the hub starts no run that the agreement does not cover', async () => {
  await using network = await openAgreed()
  const refused: [unknown, RegExp][] = [
    [{ ...short, name: 'other' }, /The recipe other is not in the agreement/],
    [{ ...short, dataset: 'space' }, /data set space/],
    [
      { ...short, input: { kind: 'table', features: [{ name: 'z', kind: 'number' }] } },
      /z is not among the fields/,
    ],
  ]
  for (const [recipe, message] of refused)
    await assert.rejects(network.startRun(recipe as never), { code: 'agreement-refused', message })
})

const lies: Record<string, Forge> = {
  'names no agreement': ({ task, recipe }, key) => ({
    task: changed(task, { agreement: null }, key),
    recipe,
  }),
  'names an agreement that nobody signed': ({ task, recipe }, key) => ({
    task: changed(task, { agreement: digestOfJson('another') }, key),
    recipe,
  }),
  'asks for another recipe than was agreed': ({ task }, key) => {
    const recipe = parseRecipe({ ...short, name: 'other' })
    return { task: changed(task, { recipe: digestOfJson(recipe) }, key), recipe }
  },
}
for (const [what, forge] of Object.entries(lies)) {
  test(`a node refuses a task that ${what}, whatever the hub says`, async () => {
    await using network = await openAgreed()
    assert.equal((await network.awaitRun(await network.startRun(short))).phase, 'done')
    await network.stopNode('a')
    await network.startNode('a', { wrapCaller: lyingTo(network, forge) })
    const view = await network.awaitRun(await network.startRun(short))
    assert.match(view.reason, /a: agreement-refused/)
  })
}

test('a hub that shows two texts under one number gets one signature', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const { proposed } = await network.operator(hubEndpoints.proposeAgreement, { body: terms })
  const first = proposed!.document
  await network.callNode('a')(nodeEndpoints.confirmAgreement, {
    body: { agreement: digestOfDocument(first) },
  })
  const second = { ...first, use: ['b'] }
  await network.stopNode('a')
  await network.startNode('a', {
    wrapCaller: call =>
      (async (endpoint, ...rest) =>
        (endpoint as unknown) === hubEndpoints.getAgreement
          ? { inForce: null, proposed: { document: second, signatures: [] } }
          : await call(endpoint, ...rest)) as Caller,
  })
  const body = { agreement: digestOfDocument(second) }
  await assert.rejects(network.callNode('a')(nodeEndpoints.confirmAgreement, { body }), {
    code: 'agreement-altered',
    message: /another text as version 1/,
    hint: /Do not sign/,
  })
})

test('an amendment takes a number of its own, needs all signatures again, and then rules', async () => {
  await using network = await openAgreed()
  assert.equal((await network.awaitRun(await network.startRun(short))).phase, 'done')
  const other = { ...short, name: 'other' }
  await network.operator(hubEndpoints.proposeAgreement, { body: { ...terms, use: ['a'] } })
  const amended = { ...terms, recipes: [{ name: 'plane' }, { name: 'other' }] }
  await assert.rejects(network.startRun(other), { code: 'agreement-refused' })
  await network.agree(amended)
  assert.equal((await show(network)).inForce?.document.version, 3)
  const view = await network.awaitRun(await network.startRun(other))
  assert.equal(view.phase, 'done', view.reason)
})

test('terms with a fault, by a member, or without a roster are refused with the way out', async () => {
  await using network = await openNetwork()
  await network.join('a')
  await assert.rejects(network.operator(hubEndpoints.proposeAgreement, { body: terms }), {
    code: 'roster-unsigned',
    hint: /roster sign/,
  })
  await network.signRoster()
  await assert.rejects(network.operator(hubEndpoints.proposeAgreement, { body: terms }), {
    code: 'agreement-invalid',
    message: /use\[1\]/,
    hint: /The partners are: a/,
  })
  await network.join('b')
  await network.signRoster()
  await network.agree(terms)
  await network.join('c')
  await network.signRoster()
  await assert.rejects(network.startRun(short), { code: 'agreement-altered', hint: /Propose the terms anew/ })
})

test('a month is divided to the cent, and every partner works it out before it signs', async () => {
  await using network = await openAgreed()
  const { result } = await network.awaitRun(await network.startRun(short))
  await tellAnswers(network, result!, { a: 5, b: 2 })
  const { proposed } = await network.operator(hubEndpoints.makeStatement, november)
  const statement = proposed!.document
  assert.equal(statement.revenue, 707)
  assert.equal(
    statement.lines.reduce((sum, line) => sum + line.share, 0),
    707,
  )
  const brought = statement.lines.map(line => line.examples / 7)
  assert.deepEqual(
    statement.lines.map(line => line.share),
    brought.map(examples => Math.round((707 * examples) / (brought[0]! + brought[1]!))),
  )
  for (const name of ['a', 'b']) await network.callNode(name)(nodeEndpoints.confirmStatement, november)
  const view = await network.operator(hubEndpoints.getStatement, november)
  assert.equal(view.proposed, null)
  assert.equal(view.inForce?.signatures.length, 3)
  await tellAnswers(network, result!, { b: 1 })
  await assert.rejects(network.operator(hubEndpoints.makeStatement, november), { code: 'state-conflict' })
})

test('what was answered under terms that were amended since is settled by those terms', async () => {
  await using network = await openAgreed()
  const { result } = await network.awaitRun(await network.startRun(short))
  await tellAnswers(network, result!, { a: 2 })
  await network.agree({ ...terms, benefit: { ...terms.benefit, answerPrice: 500 } })
  await tellAnswers(network, result!, { a: 1, b: 1 })
  const revenues: number[] = []
  for (const agreement of [1, 2]) {
    const asked = { ...november, query: { agreement } }
    await network.operator(hubEndpoints.makeStatement, asked)
    for (const name of ['a', 'b']) await network.callNode(name)(nodeEndpoints.confirmStatement, asked)
    const { inForce } = await network.operator(hubEndpoints.getStatement, asked)
    revenues.push(inForce!.document.revenue)
  }
  assert.deepEqual(revenues, [202, 1000])
  const never = { ...november, query: { agreement: 7 } }
  await assert.rejects(network.operator(hubEndpoints.getStatement, never), { code: 'agreement-unsigned' })
})

test('terms that would leave out a version that ruled here are not signed', async () => {
  await using network = await openAgreed()
  await network.awaitRun(await network.startRun(short))
  await network.agree({ ...terms, use: ['a'] })
  await network.awaitRun(await network.startRun(short))
  const { inForce } = await show(network)
  const fork = { ...inForce!.document, version: 3 }
  await network.stopNode('a')
  await network.startNode('a', {
    wrapCaller: call =>
      (async (endpoint, ...rest) =>
        (endpoint as unknown) === hubEndpoints.getAgreement
          ? { inForce: null, proposed: { document: fork, signatures: [] } }
          : await call(endpoint, ...rest)) as Caller,
  })
  const body = { agreement: digestOfDocument(fork) }
  await assert.rejects(network.callNode('a')(nodeEndpoints.confirmAgreement, { body }), {
    code: 'agreement-altered',
  })
})

const wrongs: Record<string, [(view: StatementView) => StatementView, RegExp]> = {
  'a wrong cent': [
    view => {
      const [first, second] = view.proposed!.document.lines
      const lines = [
        { ...first!, share: first!.share + 1, balance: first!.balance + 1 },
        { ...second!, share: second!.share - 1, balance: second!.balance - 1 },
      ]
      return { ...view, proposed: { ...view.proposed!, document: { ...view.proposed!.document, lines } } }
    },
    /a: share says/,
  ],
}
for (const [what, [alter, message]] of Object.entries(wrongs)) {
  test(`a node does not sign a statement with ${what}`, async () => {
    await using network = await openAgreed()
    const { result } = await network.awaitRun(await network.startRun(short))
    await tellAnswers(network, result!, { a: 3, b: 2 })
    await network.operator(hubEndpoints.makeStatement, november)
    await network.stopNode('a')
    await network.startNode('a', {
      wrapCaller: call =>
        (async (endpoint, ...rest) => {
          const answer = await call(endpoint, ...rest)
          return (endpoint as unknown) === hubEndpoints.getStatement ? alter(answer as never) : answer
        }) as Caller,
    })
    await assert.rejects(network.callNode('a')(nodeEndpoints.confirmStatement, november), {
      code: 'statement-wrong',
      message,
    })
  })
}
