import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import test from 'node:test'
import {
  createKeyPair,
  digestOfDocument,
  type Id,
  type SignedUsage,
  signDocument,
  type Usage,
} from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { publish } from '../../runs/version-store.ts'
import { pagesReadMax } from '../../settlement/known-usage.ts'
import { usageOfMonth } from '../../settlement/usage-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { openSettling } from '../../testing/open-settled-month.ts'
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
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const put = putUsage({ database, blobs, key: createKeyPair(), now: () => new Date(0) })
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

/** A hub that has archived January, told in so many turns, each sealed on a page of its own. */
async function openArchived(...turns: readonly (readonly number[])[]) {
  const hub = await openSettling()
  const month = '2026-01'
  for (const numbers of turns) {
    await hub.tell(...numbers.map(number => hub.eventAt(number, month)))
    await hub.seal(month)
  }
  await hub.stateOf(month, 'in-force', (await hub.seal(month)).map(digestOfDocument))
  await hub.sweep('2030-01-01T00:00:00.000Z')
  assert.equal(await hub.rows(), 0)
  const put = putUsage({ ...hub, now: () => new Date(0) })
  const caller = { ...hub.caller, key: hub.key.publicKey }
  const report = async (...events: SignedUsage[]) => await put({ body: { events }, caller } as never)
  return { hub, month, report }
}

test('what a member tells again of an archived month counts once, and what is new of it is refused', async () => {
  const { hub, month, report } = await openArchived([10, 20, 30], [15, 40])
  await using _ = hub
  await report(...[10, 20, 30, 15, 40].map(number => hub.eventAt(number, month)))
  await assert.rejects(report(hub.eventAt(20, month, { by: 'expert' })), {
    code: 'state-conflict',
    message: /another content/,
  })
  for (const number of [5, 25, 50]) {
    await assert.rejects(report(hub.eventAt(number, month)), {
      code: 'state-conflict',
      message: /2026-01 is settled and archived/,
    })
  }
  assert.equal(await hub.rows(), 0, 'nothing is charged twice')
  await report(hub.eventAt(60, '2026-02'), hub.eventAt(10, month))
  assert.equal(await hub.rows(), 1, 'another month goes on')
})

test('an event of an archived month is refused where its file is elsewhere: nobody can tell whether it counted', async () => {
  const { hub, month, report } = await openArchived([10, 20])
  await using _ = hub
  rmSync(hub.files()[0]!)
  await assert.rejects(report(hub.eventAt(10, month)), { code: 'gone' })
  assert.equal(await hub.rows(), 0)
})

test('one call makes the hub read few archived pages', async () => {
  const turns = Array.from({ length: pagesReadMax + 1 }, (_, turn) => [10 + turn, 100 + turn])
  const { hub, month, report } = await openArchived(...turns)
  await using _ = hub
  await report(hub.eventAt(10, month), hub.eventAt(17, month))
  await assert.rejects(report(hub.eventAt(18, month)), {
    code: 'state-conflict',
    message: /settled and archived/,
  })
})
