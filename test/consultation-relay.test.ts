import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { type ConsultationKey, createId, hubEndpoints, type Refusal, signDocument } from '@consort/protocol'
import { identityOf, showKey, until } from './consulting.ts'
import { openNetwork } from './network.ts'

const octets = (size: number) => randomBytes(size).toString('base64url')

test('the hub takes sealed messages of the fixed sizes only, and shows each side its own', async () => {
  await using network = await openNetwork()
  for (const name of ['a', 'c', 'd']) await network.join(name)
  const [a, c, d] = ['a', 'c', 'd'].map(name => identityOf(network, name))
  await showKey(a!)
  const id = () => createId('consultation', { bytes: count => randomBytes(count) })
  const send = (change: object, as = a!) => {
    const body = { id: id(), to: d!.member, sealed: octets(1024), withinSeconds: 30, ...change }
    return as.call(hubEndpoints.sendConsultation, { body })
  }
  for (const sealed of ['', octets(1023), octets(1025), octets(524_288), `${octets(1024)}=`])
    await assert.rejects(send({ sealed }), { code: 'input-invalid' })
  // It is not read: the hub says so and hangs up, whichever is noticed first.
  await assert.rejects(send({ sealed: octets(10_000_000) }), ({ code }: Refusal) =>
    ['too-large', 'unreachable'].includes(code),
  )
  await assert.rejects(send({ withinSeconds: 0 }), { code: 'input-invalid' })
  await assert.rejects(send({ to: a!.member }), { code: 'not-found' })
  await assert.rejects(send({ to: 'mem_0000000000000000' }), { code: 'not-found' })
  await assert.rejects(send({ to: c!.member }, d), { code: 'state-conflict' })

  const body = { id: id(), sealed: octets(1024) }
  await send(body)
  await send(body)
  await assert.rejects(send({ id: body.id }), { code: 'state-conflict' })
  const params = { consultation: body.id }
  const answer = { params, body: { sealed: octets(1024) } }
  const isNotFound = { code: 'not-found' }
  for (const other of [a!, c!])
    await assert.rejects(other.call(hubEndpoints.answerConsultation, answer), isNotFound)
  for (const other of [c!, d!]) {
    await assert.rejects(other.call(hubEndpoints.getConsultationAnswer, { params, query: {} }), isNotFound)
    await assert.rejects(
      other.call(hubEndpoints.closeConsultation, { params, body: { heard: true } }),
      isNotFound,
    )
  }
  const { questions } = await d!.call(hubEndpoints.nextConsultations, { query: {} })
  assert.deepEqual(
    questions.map(({ id: asked }) => asked),
    [body.id],
  )
  await d!.call(hubEndpoints.answerConsultation, answer)
  await d!.call(hubEndpoints.answerConsultation, answer)
  const other = { params, body: { sealed: octets(1024) } }
  await assert.rejects(d!.call(hubEndpoints.answerConsultation, other), { code: 'state-conflict' })
  const giveUp = { params, body: { heard: false } }
  await assert.rejects(a!.call(hubEndpoints.closeConsultation, giveUp), { code: 'state-conflict' })
  const heard = await a!.call(hubEndpoints.getConsultationAnswer, { params, query: {} })
  assert.equal(heard.sealed, answer.body.sealed)
  await a!.call(hubEndpoints.closeConsultation, { params, body: { heard: true } })
  await assert.rejects(a!.call(hubEndpoints.closeConsultation, giveUp), isNotFound)

  const brief = id()
  await send({ id: brief, withinSeconds: 0.1 })
  await until(
    async () => (await d!.call(hubEndpoints.nextConsultations, { query: {} })).questions.length === 0,
  )
  const tooLate = { params: { consultation: brief }, body: { sealed: octets(1024) } }
  await assert.rejects(d!.call(hubEndpoints.answerConsultation, tooLate), isNotFound)

  const put = (document: ConsultationKey, by = d!) =>
    d!.call(hubEndpoints.putConsultationKey, {
      body: { document, signatures: [signDocument(document, by.key)] },
    })
  const own: ConsultationKey = { kind: 'consultation-key', member: d!.member, key: octets(32) }
  const isInvalid = { code: 'signature-invalid' }
  await assert.rejects(put({ ...own, member: c!.member }), isInvalid)
  await assert.rejects(put(own, c!), isInvalid)
  await put(own)
})
