import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Agreement,
  type Caller,
  createId,
  createKeyPair,
  digestOfDocument,
  digestOfJson,
  type KeyPair,
  Refusal,
  type Roster,
  type SignedStatement,
  type SignedUsage,
  type Statement,
  signDocument,
  type Usage,
} from '@consort/protocol'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import type { Transaction } from 'kysely'
import { keepInForce } from '../hub/agreement-store.ts'
import { keepRoster } from '../hub/roster-store.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { createUsageSweep } from './sweep-usage.ts'
import { keepUsage, markUsage, toldUsage } from './usage-store.ts'

const [key, hubKey] = [createKeyPair(), createKeyPair()]
let count = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(count++) }
const member = createId('member', entropy)
const text = { en: 'to learn', zh: '学习' }
const codes = ['well', 'ill'].map(code => ({ code, meaning: text }))
const field = { kind: 'category', name: 'y', meaning: text, codes } as const
const label = { ...field, name: 'state' }
const [partnerKey, leaverKey] = [createKeyPair(), createKeyPair()]
const [partner, leaver] = [createId('member', entropy), createId('member', entropy)]
const members: Roster['members'] = [
  { id: member, name: 'a', role: 'partner', key: key.publicKey },
  { id: partner, name: 'b', role: 'partner', key: partnerKey.publicKey },
  { id: leaver, name: 'c', role: 'partner', key: leaverKey.publicKey },
]
const roster: Roster = {
  ...{ kind: 'roster', consortium: 'c', version: 1, previous: null, hub: hubKey.publicKey, members },
}
const terms: Agreement = {
  ...{ kind: 'agreement', consortium: 'c', version: 1, previous: null, roster: digestOfDocument(roster) },
  ...{ purpose: text, data: [{ dataset: 'plane', fields: [field], label }], statistics: false },
  ...{ recipes: [{ name: 'plane' }], privacy: { secureAggregation: false, epsilonMax: null }, use: ['a'] },
  ...{ retrainAfterExamples: null, benefit: { currency: 'EUR', answerPrice: 1, rule: { kind: 'by-use' } } },
}
const agreement = digestOfDocument(terms)

function signedUsage(month: string, under = agreement): SignedUsage {
  const document: Usage = {
    ...{ kind: 'usage', id: createId('usage', entropy), member, agreement: under, by: 'agent' },
    ...{
      version: createId('version', entropy),
      case: createId('case', entropy),
      at: `${month}-03T00:00:00.000Z`,
    },
  }
  return { document, signatures: [signDocument(document, key)] }
}

const fields = {
  ...({
    kind: 'statement',
    consortium: 'c',
    agreement,
    currency: 'EUR',
    answerPrice: 1,
    revenue: 0,
  } as const),
  ...{ rule: { kind: 'by-use' as const }, lines: linesOf(1) },
}

/** Of a node that gave so many answers, of a partner, and of one that has left since. */
function linesOf(answers: number): Statement['lines'] {
  const none = { answers: 0, collected: 0, examples: 0, share: 0, balance: 0 }
  return members.map(({ id, name }) => ({ member: id, name, ...none, answers: id === member ? answers : 0 }))
}

/** The roster of the terms, and the one in force, from which one has left. */
async function keepRosters(transaction: Transaction<NodeTables>): Promise<void> {
  const later = { ...roster, version: 2, members: members.filter(({ id }) => id !== leaver) }
  for (const document of [roster, later]) await keepRoster(transaction, { document, signatures: [] })
}

function statementOf(month: string, ...signers: KeyPair[]): SignedStatement {
  return signed({ ...fields, month, usage: digestOfJson('usage') }, signers)
}

function signed(document: Statement, signers: readonly KeyPair[]): SignedStatement {
  return { document, signatures: signers.map(signer => signDocument(document, signer)) }
}

test('usage goes with a statement in force that this node has signed, and with nothing less', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05'] as const
  const events = months.map(month => signedUsage(month))
  const untold = signedUsage('2026-01')
  await database.transaction().execute(async transaction => {
    await keepUsage(transaction, [...events, untold])
    await keepInForce(transaction, terms)
    await keepRosters(transaction)
  })
  await markUsage(database, events, 'told')
  const asked: string[] = []
  const inForce: Record<string, SignedStatement | null> = {
    '2026-01': statementOf('2026-01', hubKey, key, partnerKey),
    '2026-02': null, // proposed perhaps
    '2026-03': statementOf('2026-03', hubKey, partnerKey), // a hub that leaves the node out
    '2026-04': statementOf('2026-01', hubKey, key, partnerKey), // another month's
    '2026-05': statementOf('2026-05', hubKey, key, partnerKey),
  }
  const call = (async (_: unknown, { params: { month } }: { params: { month: string } }) => {
    asked.push(month)
    return { inForce: inForce[month] }
  }) as unknown as Caller
  let now = new Date('2026-07-01T00:00:00.000Z')
  const rules = createUsageSweep({ database, call, key }, () => now)
  const sweep = async () => {
    for await (const _ of rules(new Date('2026-05-02T00:00:00.000Z')));
  }
  await sweep()
  assert.deepEqual(asked, ['2026-01', '2026-02', '2026-03', '2026-04'], 'May had not ended')
  const told = async () =>
    (await Promise.all(months.map(month => toldUsage(database, month)))).map(of => of.length)
  assert.deepEqual(await told(), [0, 1, 1, 1, 1])
  const waiting = await database.selectFrom('usage').select('id').where('told', '=', 0).execute()
  assert.deepEqual(
    waiting.map(({ id }) => id),
    [untold.document.id],
    'the hub does not have it yet',
  )
  await sweep()
  assert.equal(asked.length, 4, 'it is asked once a day')
  now = new Date('2026-07-02T00:00:00.000Z')
  inForce['2026-02'] = statementOf('2026-02', hubKey, key, partnerKey)
  await sweep()
  assert.deepEqual(await told(), [0, 0, 1, 1, 1])
})

test('by a statement that names pages only what was counted goes, and what the hub refused', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const [counted, late, refused] = [signedUsage('2026-01'), signedUsage('2026-01'), signedUsage('2026-01')]
  await database.transaction().execute(async transaction => {
    await keepUsage(transaction, [counted, late, refused])
    await keepInForce(transaction, terms)
    await keepRosters(transaction)
  })
  await markUsage(database, [counted], 'counted')
  await markUsage(database, [late], 'told')
  await markUsage(database, [refused], 'refused')
  const inForce = signed({ ...fields, month: '2026-01', edition: 2, pages: [] }, [hubKey, key, partnerKey])
  const call = (async () => ({ inForce })) as unknown as Caller
  const sweep = createUsageSweep({ database, call, key }, () => new Date('2026-07-01T00:00:00.000Z'))
  for await (const _ of sweep(new Date('2026-05-02T00:00:00.000Z')));
  const left = await database.selectFrom('usage').select('id').execute()
  assert.deepEqual(
    left.map(({ id }) => id),
    [late.document.id],
  )
})

test('nothing goes while the hub is away', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const event = signedUsage('2026-01')
  await database.transaction().execute(async transaction => {
    await keepUsage(transaction, [event])
    await keepInForce(transaction, terms)
    await keepRosters(transaction)
  })
  await markUsage(database, [event], 'told')
  const call = (async () => {
    throw new Refusal('unreachable', 'the hub is away')
  }) as unknown as Caller
  const sweep = createUsageSweep({ database, call, key }, () => new Date('2026-07-01T00:00:00.000Z'))
  await assert.rejects(
    async () => {
      for await (const _ of sweep(new Date('2026-05-02T00:00:00.000Z')));
    },
    { code: 'unreachable' },
  )
  assert.equal((await toldUsage(database, '2026-01')).length, 1)
})

test('usage stays where a hub shows what not all have signed, or an earlier statement that counts less', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const events = [1, 2, 3].map(() => signedUsage('2026-01'))
  await database.transaction().execute(async transaction => {
    await keepUsage(transaction, events)
    await keepInForce(transaction, terms)
    await keepRosters(transaction)
  })
  await markUsage(database, events.slice(0, 2), 'counted')
  await markUsage(database, events.slice(2), 'refused')
  const shownBy = (answers: number, ...signers: KeyPair[]) =>
    signed({ ...fields, lines: linesOf(answers), month: '2026-01', edition: 2, pages: [] }, signers)
  const left = async (inForce: SignedStatement) => {
    const call = (async () => ({ inForce })) as unknown as Caller
    const sweep = createUsageSweep({ database, call, key }, () => new Date('2026-07-01T00:00:00.000Z'))
    for await (const _ of sweep(new Date('2026-05-02T00:00:00.000Z')));
    return (await database.selectFrom('usage').select('id').execute()).length
  }
  assert.equal(await left(shownBy(2, hubKey, key)), 3, 'a partner has not signed')
  assert.equal(await left(shownBy(1, hubKey, key, partnerKey)), 3, 'an earlier proposal')
  assert.equal(await left(shownBy(2, hubKey, key, partnerKey)), 0)
})

test('answers under other terms of the same month hold nothing back', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const amended: Agreement = { ...terms, version: 2, previous: agreement }
  const [settled, later] = [signedUsage('2026-01'), signedUsage('2026-01', digestOfDocument(amended))]
  await database.transaction().execute(async transaction => {
    await keepUsage(transaction, [settled, later])
    await keepInForce(transaction, terms)
    await keepInForce(transaction, amended)
    await keepRosters(transaction)
  })
  await markUsage(database, [settled, later], 'told')
  const inForce = statementOf('2026-01', hubKey, key, partnerKey) // it counts one answer
  const call = (async (_: unknown, { query }: { query: { agreement: number } }) => ({
    inForce: query.agreement === 1 ? inForce : null,
  })) as unknown as Caller
  const sweep = createUsageSweep({ database, call, key }, () => new Date('2026-07-01T00:00:00.000Z'))
  for await (const _ of sweep(new Date('2026-05-02T00:00:00.000Z')));
  const left = await database.selectFrom('usage').select('id').execute()
  assert.deepEqual(
    left.map(({ id }) => id),
    [later.document.id],
  )
})
