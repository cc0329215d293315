import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createKeyPair,
  digestOfDocument,
  type Id,
  type SignedUsage,
  signDocument,
  type Usage,
} from '@consort/protocol'
import { publish } from '../../runs/version-store.ts'
import { usageOfMonth } from '../../settlement/usage-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { putAgreement } from '../../testing/put-agreement.ts'
import { putUsage } from './put-usage.ts'

const key = createKeyPair()

/** A hub under an agreement, with a version that is published or not, and a member that reports its answers. */
async function openReporting({ isPublished }: { isPublished: boolean }) {
  const hub = await openHubDatabase()
  const { database, caller } = hub
  const agreement = digestOfDocument(await putAgreement(database))
  const { id: version } = await database.selectFrom('version').select('id').executeTakeFirstOrThrow()
  if (isPublished) await database.transaction().execute(transaction => publish(transaction, version))
  const put = putUsage({ database, key: createKeyPair(), now: () => new Date(0) })
  return {
    [Symbol.asyncDispose]: hub[Symbol.asyncDispose],
    report: async (changes: Partial<Usage> = {}, signer = key) => {
      const id: Id<'usage'> = 'use_0000000000000001'
      const document: Usage = {
        ...{ kind: 'usage', id, member: caller.id, agreement, version },
        ...{ case: 'cas_0000000000000001', by: 'agent', at: '2026-01-01T00:00:00.000Z', ...changes },
      }
      const event: SignedUsage = { document, signatures: [signDocument(document, signer)] }
      await put({ body: { events: [event] }, caller: { ...caller, key: key.publicKey } } as never)
    },
    kept: async () =>
      (await usageOfMonth(database, { agreement, month: '2026-01' })).map(({ document }) => document.by),
  }
}

test('usage that is reported again counts once, and under another content not at all', async () => {
  await using hub = await openReporting({ isPublished: true })
  for (let turn = 0; turn < 2; turn++) await hub.report()
  await assert.rejects(hub.report({ by: 'expert' }), { code: 'state-conflict' })
  assert.deepEqual(await hub.kept(), ['agent'])
})

test('an event that would make its page too large for the others is refused', async () => {
  await using hub = await openReporting({ isPublished: true })
  const at = `2026-01-01T00:00:00.${'0'.repeat(2000)}Z`
  await assert.rejects(hub.report({ at }), {
    code: 'too-large',
    message: /use_0000000000000001 has \d+ octets/,
  })
  assert.deepEqual(await hub.kept(), [])
})

test('answers of a version that is no run’s result are not settled', async () => {
  await using hub = await openReporting({ isPublished: false })
  await assert.rejects(hub.report(), { code: 'not-found' })
  assert.deepEqual(await hub.kept(), [])
})

test('a member reports its own usage, signed by itself', async () => {
  await using hub = await openReporting({ isPublished: true })
  await assert.rejects(hub.report({}, createKeyPair()), { code: 'signature-invalid' })
  await assert.rejects(hub.report({ member: 'mem_0000000000000009' }), { code: 'signature-invalid' })
  assert.deepEqual(await hub.kept(), [])
})
