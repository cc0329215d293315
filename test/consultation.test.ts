import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { after, before, beforeEach } from 'node:test'
import {
  consultationSizes,
  hubEndpoints,
  Refusal,
  type SignedConsultationKey,
  signDocument,
} from '@consort/protocol'
import { canariesIn, filesBelow } from '../examples/pilot/canary-search.ts'
import {
  answerText,
  ask,
  classes,
  consultationsLogged,
  createListener,
  identityOf,
  mayAsk,
  mayBeAsked,
  openConsulting,
  restart,
  rules,
  setPolicy,
  showKey,
  takeQuestion,
  until,
} from './consulting.ts'
import type { Network } from './network.ts'

/** In words, what a case must not show on its way. */
const cells = { x: 1.7341906251987456, y: -0.8520031257193642 }
const canaries = [String(cells.x), String(cells.y), ...classes]
const hourMs = 3_600_000
const circuitRule = { pauseMs: hourMs, pauseMaxMs: hourMs, probeMaxMs: hourMs }
/** How far the asker's clock is ahead. */
let aheadMs = 0

const traffic: Buffer[] = []
const listener = createListener()
let network: Network
before(async () => {
  network = await openConsulting({ link: { onSent: bytes => traffic.push(bytes) } })
  for (const name of ['b', 'c']) {
    setPolicy(network, name, mayBeAsked(['a']))
    await restart(network, name)
  }
  setPolicy(network, 'a', mayAsk(['b']))
  await patientAsker()
})
after(() => network?.[Symbol.asyncDispose]())
/** Whatever the test before has left. */
beforeEach(async () => {
  for (const name of ['b', 'c']) {
    setPolicy(network, name, mayBeAsked(['a']))
    if (!network.nodes.has(name)) await network.startNode(name)
  }
})

/** What this node's log says of the latest consultation. */
const lastHeard = (name = 'a') => consultationsLogged(network, name).at(-1)!
const sends = () => listener.calls.filter(call => call === 'POST /v1/consultations').length

/** A node that never gives a partner up. */
async function patientAsker(): Promise<void> {
  await startAsker(1000)
}

/** The asker, with nobody given up yet; it gives a partner up after so many failures in a row. */
async function startAsker(failuresMax: number): Promise<void> {
  aheadMs = 0
  const rule = { ...circuitRule, failuresMax }
  const now = () => new Date(Date.now() + aheadMs)
  await restart(network, 'a', { circuitRule: rule, now, wrapCaller: listener.wrapCaller })
  listener.calls.length = 0
}

function askBy(consult: object): void {
  setPolicy(network, 'a', consult)
  listener.answered = (_, answer) => answer
  listener.asked = () => {}
  listener.calls.length = 0
}

test('a case is answered by another partner; the hub sees sizes and times, both sides write down that it happened', async () => {
  traffic.length = 0
  const consulted = await ask(network, cells)
  assert.ok(consulted)
  const { partner, class: said, confidence, priceCents, propensity, seconds } = consulted
  assert.deepEqual([partner, said, priceCents, propensity], ['b', classes[1], 0, 1])
  assert.ok(confidence > 0.5 && confidence === Math.round(confidence * 100) / 100)
  assert.ok(seconds > 0 && seconds < 5)
  const hubPath = join(network.directory, 'hub', 'hub.sqlite')
  await until(() => {
    const database = new DatabaseSync(hubPath, { readOnly: true })
    const inFlight = database.prepare('select * from consultation').all().length
    database.close()
    return inFlight === 0
  })

  const sent = Buffer.concat(traffic)
  const found = (bytes: Buffer): string[] => canariesIn([{ name: 'traffic', bytes }], canaries)
  assert.ok(sent.includes('POST /v1/consultations'), 'traffic was captured')
  assert.deepEqual(found(sent), [])
  const numbers = [String(cells.x), String(cells.y)]
  assert.deepEqual(canariesIn(filesBelow(join(network.directory, 'hub')), numbers), [])
  const leak = Buffer.from(answerText({ cells })).toString('base64url')
  assert.equal(
    found(Buffer.concat([sent, Buffer.from(leak)])).length,
    3,
    'an answer in the open would be found',
  )
  const sealed = [...sent.toString('latin1').matchAll(/"sealed":"([\w-]+)"/g)].map(([, text]) => text!)
  assert.equal(sealed.length, 2)
  for (const text of sealed) assert.equal(Buffer.from(text, 'base64url').length, consultationSizes[0])

  const [asked, heard] = consultationsLogged(network, 'a').slice(-2)
  const answered = lastHeard('b')
  assert.deepEqual(
    [asked!.kind, heard!.kind, answered.kind],
    ['case-consulted', 'consultation-heard', 'consultation-answered'],
  )
  assert.deepEqual(
    [asked!.body.consultation, asked!.body.partner, asked!.body.bytes],
    [consulted.id, 'b', 1024],
  )
  assert.deepEqual(
    [answered.body.consultation, answered.body.partner, answered.body.bytes],
    [consulted.id, 'a', 1024],
  )
  assert.equal(heard!.body.outcome, 'answered')
  for (const name of ['a', 'b'])
    assert.ok(!/1\.73|0\.85|well-|ill-/.test(JSON.stringify(consultationsLogged(network, name))))
})

test('without a policy nothing leaves: at who asks, at who is asked, under the agreement', async () => {
  await showKey(identityOf(network, 'd'))
  for (const consult of [
    {},
    mayAsk(['d']),
    mayAsk(['b'], { agent: 'other' }),
    mayAsk(['b'], { triesMax: 0 }),
  ]) {
    setPolicy(network, 'a', consult)
    listener.calls.length = 0
    assert.equal(await ask(network, cells), null)
    assert.equal(sends(), 0, JSON.stringify(consult))
  }
  setPolicy(network, 'a', mayAsk(['b']))
  setPolicy(network, 'b', mayBeAsked(['c']))
  assert.equal(await ask(network, cells), null)
  assert.equal(sends(), 1)
  assert.deepEqual([lastHeard().body.outcome, lastHeard().body.reason], ['declined', 'policy-refused'])
  setPolicy(network, 'b', mayBeAsked(['a']))
  const unsuited = mayAsk(['b'], { rules: 'strip-metadata' })
  const rare = mayAsk(['b'], { rules: { ...rules, quasiIdentifiers: ['x', 'y'], k: 50 } })
  for (const consult of [unsuited, rare]) {
    askBy(consult)
    assert.equal(await ask(network, cells), null)
    assert.equal(sends(), 0, 'what cannot be hidden stays')
  }
  askBy(mayAsk(['b'], { rules: { ...rules, quasiIdentifiers: ['x', 'y'] } }))
  assert.ok(await ask(network, { x: 1.1, y: -0.6 }), 'in a crowd it may leave')
})

test('a hub that shows another key is refused, by who asks and by who is asked', async () => {
  askBy(mayAsk(['b']))
  const { key: ofC } = identityOf(network, 'c')
  const forged = (signed: SignedConsultationKey): SignedConsultationKey => {
    const document = { ...signed.document, key: Buffer.alloc(32, 9).toString('base64url') }
    return { document, signatures: [signDocument(document, ofC)] }
  }
  const ofOther = await identityOf(network, 'a').call(hubEndpoints.getConsultationKey, {
    params: { member: identityOf(network, 'c').member },
  })
  for (const swap of [forged, () => ofOther]) {
    listener.answered = (endpoint, answer) =>
      (endpoint as unknown) === hubEndpoints.getConsultationKey
        ? swap(answer as SignedConsultationKey)
        : answer
    assert.equal(await ask(network, cells), null)
    assert.equal(sends(), 0)
  }
  listener.answered = (_, answer) => answer
  assert.ok(await ask(network, cells))
  const atB = createListener()
  atB.answered = (endpoint, answer) => {
    if ((endpoint as unknown) !== hubEndpoints.nextConsultations) return answer
    const { questions } = answer as { questions: { key: SignedConsultationKey }[] }
    return { questions: questions.map(question => ({ ...question, key: forged(question.key) })) }
  }
  await restart(network, 'b', { wrapCaller: atB.wrapCaller })
  assert.equal(await ask(network, cells), null)
  assert.deepEqual([lastHeard().body.outcome, lastHeard().body.reason], ['failed', 'unreadable'])
  await restart(network, 'b')
})

test('a partner that hangs: the other one answers, its circuit opens, and closes again when it is back', async () => {
  askBy(mayAsk(['b', 'c']))
  await startAsker(1)
  assert.equal((await ask(network, cells))?.partner, 'b', 'its model is loaded from now on')
  askBy(mayAsk(['b', 'c'], { secondsMax: 16 }))
  await network.stopNode('c')
  const last = { uniform: 0.99 }
  const consulted = await ask(network, cells, last)
  assert.deepEqual([consulted?.partner, consulted?.propensity, sends()], ['b', 1, 2])
  const heard = consultationsLogged(network, 'a').filter(({ kind }) => kind === 'consultation-heard')
  assert.deepEqual(
    heard.slice(-2).map(({ body }) => [body.partner, body.outcome, body.reason]),
    [
      ['c', 'failed', 'timeout'],
      ['b', 'answered', undefined],
    ],
  )
  const skipped = await ask(network, cells, last)
  assert.deepEqual([skipped?.partner, sends()], ['b', 3], 'the circuit is open')
  await network.startNode('c')
  aheadMs = hourMs
  askBy(mayAsk(['b', 'c']))
  assert.equal((await ask(network, cells, last))?.partner, 'c', 'after the pause it is tried again')
  const closed = await ask(network, cells, last)
  assert.deepEqual([closed?.partner, closed?.propensity], ['c', 0.5])
  await patientAsker()
})

test('a partner that lies or talks nonsense is not believed, and costs nothing', async () => {
  askBy(mayAsk(['c'], { triesMax: 1, priceMax: 10, spendMax: 1000 }))
  await network.stopNode('c')
  const c = identityOf(network, 'c')
  const truth = ask(network, cells)
  const first = await takeQuestion(network, 'c', c)
  assert.deepEqual(first.question, {
    agent: 'triage',
    priceMax: 10,
    record: { kind: 'row', cells: { x: 1.75, y: -0.75 } },
  })
  const stale = await first.seal(answerText())
  await first.send(stale)
  assert.equal((await truth)?.class, classes[1])

  const lies: Record<string, (next: Awaited<ReturnType<typeof takeQuestion>>) => Promise<string | null>> = {
    'a class that is none': next => next.seal(answerText({ class: 'dead' })),
    'more than was allowed': next => next.seal(answerText({ price: 11 })),
    'not sure at all': next => next.seal(answerText({ confidence: 1.5 })),
    'more than was asked': next => next.seal(answerText({ note: 'hello' })),
    'the page of a proxy': next => next.seal('<!doctype html><title>502 Bad Gateway</title>'),
    octets: next => next.seal('\u0000\ufffd{"'),
    'another case’s answer': async () => stale,
    'an answer to another question': next =>
      next.seal(answerText(), { question: `sha256:${'0'.repeat(64)}` }),
    'the question itself': async next => next.octets.toString('base64url'),
    noise: async () => randomBytes(4096).toString('base64url'),
    nothing: async () => null,
  }
  for (const [name, lie] of Object.entries(lies)) {
    const asking = ask(network, cells)
    const next = await takeQuestion(network, 'c', c)
    await next.send(await lie(next))
    assert.equal(await asking, null, name)
    const { outcome, price, reason } = lastHeard().body
    assert.deepEqual([outcome, price], ['failed', 0], name)
    assert.match(String(reason), /invalid|unreadable/, name)
  }
})

test('who was slow, failed or was wrong is drawn more seldom; what was learnt outlives a restart', async () => {
  askBy(mayAsk(['b', 'c'], { alpha: 0.1 }))
  const shareOfB = async () => (await ask(network, cells))!.propensity
  const before = await shareOfB()
  const { consultations } = network.nodes.get('a')!
  for (let said = 0; said < 20; said++) await consultations.feedback({ partner: 'c', wasRight: false })
  const afterwards = await shareOfB()
  assert.ok(afterwards > before && afterwards > 0.8, `${before} → ${afterwards}`)
  await patientAsker()
  assert.ok(Math.abs((await shareOfB()) - afterwards) < 0.05)
})

test('a hub out of reach is nobody’s failure: the question stays on its way, and is heard later', async () => {
  await startAsker(1)
  askBy(mayAsk(['b'], { secondsMax: 4 }))
  listener.asked = ({ path, method }) => {
    const isLost = path.startsWith('/v1/consultations/') && method !== 'PUT'
    if (isLost) throw new Refusal('unreachable', 'A proxy answered with a page of its own')
  }
  const point = { x: -0.7, y: 0.9 }
  assert.equal(await ask(network, point), null)
  const { kind, body } = lastHeard()
  assert.equal(kind, 'case-consulted')
  askBy(mayAsk(['b']))
  const consulted = await ask(network, point)
  assert.deepEqual([consulted?.id, sends()], [body.consultation, 1])
  await patientAsker()
})

test('prices, the budget and the day’s questions hold, also for many at once', async () => {
  setPolicy(network, 'b', mayBeAsked(['a'], { priceCents: 20, perDay: 1000 }))
  const answeredOf = async (rule: object, count: number) => {
    askBy(mayAsk(['b'], rule))
    const all = await Promise.all(Array.from({ length: count }, () => ask(network, cells)))
    return all.filter(one => one !== null)
  }
  assert.equal((await answeredOf({}, 1)).length, 0, 'by default only what is free is taken')
  assert.deepEqual([lastHeard().body.outcome, lastHeard().body.reason], ['declined', 'too-dear'])
  askBy(mayAsk(['b']))
  assert.equal(await ask(network, cells), null)
  assert.equal(sends(), 0, 'a partner that is known to be too dear is not sent a record')
  const spendMax = 50
  const paid = await answeredOf({ priceMax: 20, spendMax }, 6)
  assert.equal(paid.length, 2)
  assert.ok(paid.every(one => one.priceCents === 20))
  assert.equal(await ask(network, cells), null)

  setPolicy(network, 'c', mayBeAsked(['a'], { perDay: 0 }))
  askBy(mayAsk(['c']))
  assert.equal(await ask(network, cells), null)
  assert.equal(lastHeard().body.reason, 'quota-spent')
  const counted = consultationsLogged(network, 'c').filter(
    ({ kind }) => kind === 'consultation-answered',
  ).length
  setPolicy(network, 'c', mayBeAsked(['a'], { perDay: counted + 2 }))
  const within = await Promise.all(Array.from({ length: 5 }, () => ask(network, cells)))
  assert.equal(within.filter(one => one !== null).length, 2)
})

test('nodes that stop in the middle: the question is answered once, and heard once', async () => {
  askBy(mayAsk(['b'], { priceMax: 20, spendMax: 100_000 }))
  setPolicy(network, 'b', mayBeAsked(['a'], { priceCents: 7 }))
  await network.stopNode('b')
  const interrupted = ask(network, { x: 0.3, y: 0.4 })
  await until(() => sends() === 1)
  await network.stopNode('a')
  assert.equal(await interrupted, null)
  const { kind, body } = lastHeard()
  assert.equal(kind, 'case-consulted', 'it is on its way')
  const id = body.consultation

  // The answer is written down, and the node dies before it is delivered.
  const atB = createListener()
  atB.asked = endpoint => {
    if ((endpoint as unknown) === hubEndpoints.answerConsultation) throw new Error('the power is cut')
  }
  await network.startNode('b', { wrapCaller: atB.wrapCaller })
  await until(() => lastHeard('b').body.consultation === id)
  await restart(network, 'b')
  await network.restartHub()
  await patientAsker()
  const both = await Promise.all([1, 2].map(() => ask(network, { x: 0.3, y: 0.4 })))
  assert.equal(both.filter(one => one?.id === id && one?.priceCents === 7).length, 1, 'one takes it up')
  assert.equal(new Set(both.map(one => one?.id)).size, 2)
  for (const [name, once] of [
    ['a', 'case-consulted'],
    ['a', 'consultation-heard'],
    ['b', 'consultation-answered'],
  ] as const) {
    const about = consultationsLogged(network, name).filter(entry => entry.body.consultation === id)
    assert.equal(about.filter(entry => entry.kind === once).length, 1, `${name}: ${once}`)
  }
  const again = await ask(network, { x: 0.3, y: 0.4 })
  assert.notEqual(again?.id, id, 'what was heard is asked anew')
})

test('who does not wait any more takes the question back', async () => {
  askBy(mayAsk(['b'], { priceMax: 20, spendMax: 100_000 }))
  await network.stopNode('b')
  const leaving = new AbortController()
  const asking = ask(network, cells, { signal: leaving.signal })
  await until(() => sends() === 1)
  leaving.abort()
  assert.equal(await asking, null)
  assert.deepEqual([lastHeard().body.reason, lastHeard().body.price], ['timeout', 0])
})
