import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, signRequest } from '@consort/protocol'
import type { FastifyRequest } from 'fastify'
import { createAdmission } from './admission.ts'
import { insertMember, listMembers } from './members/member-store.ts'
import { openHubDatabase } from './testing/open-hub-database.ts'

const publicUrl = 'http://hub.test'
const now = new Date('2026-01-01T00:00:00.000Z')

async function openAdmission() {
  const lookups: string[] = []
  const hub = await openHubDatabase({
    onStatement: sql => sql.startsWith('select') && sql.includes('from "member"') && lookups.push(sql),
  })
  const nonces = { spend: async () => {} }
  const operatorKey = createKeyPair().publicKey
  const context = { database: hub.database, operatorKey, now: () => now, publicUrl: () => publicUrl }
  const { member: admit } = createAdmission(context, nonces)
  const key = createKeyPair()
  const enrol = () =>
    hub.database.transaction().execute(async transaction => {
      const member = { id: 'mem_0000000000000009', name: 'z', role: 'partner', key: key.publicKey } as const
      await insertMember(transaction, member, now)
    })
  const call = async () => {
    const created = Math.floor(Date.now() / 1000)
    const signed = { method: 'GET', targetUri: `${publicUrl}/v1/tasks`, body: new Uint8Array(), created }
    const headers = signRequest({ ...signed, nonce: 'n'.repeat(16) }, key)
    return (await admit({ method: 'GET', url: '/v1/tasks', headers } as unknown as FastifyRequest)).caller
  }
  return { database: hub.database, lookups, enrol, call, [Symbol.asyncDispose]: hub[Symbol.asyncDispose] }
}

test('who calls is looked up once, and its first call is noted before it is answered', async () => {
  await using hub = await openAdmission()
  await hub.enrol()
  hub.lookups.length = 0
  const first = await hub.call()
  assert.equal(hub.lookups.length, 1)
  const found = (await listMembers(hub.database)).find(({ name }) => name === 'z')
  assert.equal(found?.lastSeen, now.toISOString())
  hub.lookups.length = 0
  assert.deepEqual(await hub.call(), first)
  assert.deepEqual([first.kind, first.name, hub.lookups], ['member', 'z', []])
})

test('a stranger who enrols is a member from then on', async () => {
  await using hub = await openAdmission()
  await assert.rejects(hub.call(), { code: 'caller-unknown' })
  await hub.enrol()
  assert.equal((await hub.call()).name, 'z')
})
