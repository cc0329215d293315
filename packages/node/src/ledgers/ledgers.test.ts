import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type LossCurve,
  noLoss,
  openLedger,
  parseLedger,
  rdpOrders,
  remainingBudget,
  repeatLoss,
} from '@consort/privacy'
import { createRandom } from '@consort/protocol'
import { eventSchema, jsonColumn, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import type { Kysely } from 'kysely'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { type Budgets, chargeUnits, greatestLoss, ledgersOf, leftOf, settleUnits } from './ledgers.ts'

const one: LossCurve = rdpOrders.map(() => 1)
const budget = openLedger({ epsilon: 200, delta: 1e-5 }).budget
const losses = jsonColumn('privacy_ledger.ledger', { parse: parseLedger })
const budgets: Budgets = new Map([['plane', budget]])

async function openTables(): Promise<Kysely<NodeTables>> {
  const database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  return database
}

/** Charges a release and returns what kept it from being made. */
async function charge(
  database: Kysely<NodeTables>,
  counts: ReadonlyMap<string, number>,
  { release, loss, within = budgets }: { release: string; loss: number; within?: Budgets },
): Promise<unknown> {
  const fresh = openLedger(within.get('plane')!)
  const books = await ledgersOf(database, { person: null, counts }, fresh)
  const lossOf = (records: number): LossCurve => repeatLoss(one, loss * records)
  return await database
    .transaction()
    .execute(trx => chargeUnits(trx, books, { release, dataset: 'plane', budgets: within, lossOf }))
    .catch(error => error)
}

async function lossOfUnit(database: Kysely<NodeTables>, unit: string): Promise<number> {
  const [book] = await ledgersOf(database, { person: null, counts: new Map([[unit, 1]]) }, openLedger(budget))
  const { settled, reserved } = book!.ledger
  return [settled, ...Object.values(reserved)].reduce((sum, curve) => sum + curve[0]!, 0)
}

/** Random data sets over 40 units, charged one after the other; against a sum for every unit. */
async function compareWithSums(seed: number, forget: boolean): Promise<string[]> {
  const database = await openTables()
  const { uniform } = createRandom(seed)
  const sums = new Map<string, number>()
  for (let release = 0; release < 12; release++) {
    const share = uniform()
    const counts = new Map<string, number>()
    for (let unit = 0; unit < 40; unit++)
      if (uniform() < share) counts.set(`u${unit}`, uniform() < 0.8 ? 1 : 2)
    if (counts.size === 0) continue
    const loss = 1 + Math.floor(3 * uniform())
    assert.equal(await charge(database, counts, { release: `r${release}`, loss }), undefined)
    if (uniform() < 0.5) await database.transaction().execute(trx => settleUnits(trx, `r${release}`))
    for (const [unit, records] of counts) sums.set(unit, (sums.get(unit) ?? 0) + loss * records)
    // The planted break: a book that loses a release.
    if (forget && release === 6)
      await database
        .updateTable('privacy_ledger')
        .set({ ledger: losses.write(openLedger(budget)) })
        .where(
          'id',
          '=',
          database
            .selectFrom('privacy_unit')
            .select('ledger')
            .where('unit', '=', [...counts.keys()][0]!),
        )
        .execute()
  }
  const wrong: string[] = []
  for (const [unit, sum] of sums) if ((await lossOfUnit(database, unit)) !== sum) wrong.push(unit)
  const most = Math.max(...sums.values())
  if (!forget) assert.equal((await greatestLoss(database, noLoss))[0], most, `seed ${seed}`)
  const empty = await database
    .selectFrom('privacy_ledger')
    .select('id')
    .where('id', 'not in', database.selectFrom('privacy_unit').select('ledger'))
    .execute()
  assert.deepEqual(empty, [], `seed ${seed}: books of nobody`)
  await database.destroy()
  return wrong
}

test('shared books say of every unit what a book for each would say', async () => {
  for (let seed = 1; seed <= 4; seed++)
    assert.deepEqual(await compareWithSums(seed, false), [], `seed ${seed}`)
  assert.notDeepEqual(await compareWithSums(1, true), [], 'a forgotten release shows')
})

test('a release that one unit cannot bear is made for none, and the refusal tells what that unit has left', async () => {
  const database = await openTables()
  const all = new Map(Array.from({ length: 20 }, (_, unit) => [`u${unit}`, 1]))
  assert.equal(await charge(database, new Map([['u3', 1]]), { release: 'a', loss: 120 }), undefined)
  const refusal = await charge(database, all, { release: 'b', loss: 100 })
  assert.equal((refusal as { code: string }).code, 'privacy-budget-exceeded')
  const [worst] = await ledgersOf(database, { person: null, counts: new Map([['u3', 1]]) }, undefined)
  const left = leftOf(worst!, 'plane', budgets).epsilon
  assert.equal(left, remainingBudget(worst!.ledger).epsilon)
  assert.match((refusal as Error).message, new RegExp(`there is ε = ${Number(left.toPrecision(3))} left`))
  assert.deepEqual([await lossOfUnit(database, 'u3'), await lossOfUnit(database, 'u4')], [120, 0])
  assert.equal(await charge(database, all, { release: 'b', loss: 5 }), undefined)
  await database.destroy()
})

test('budgets of all data sets that records were in hold for them; the last known one where none is named any more', async () => {
  const database = await openTables()
  const unit = new Map([['u1', 1]])
  assert.equal(await charge(database, unit, { release: 'a', loss: 100 }), undefined)
  const [book] = await ledgersOf(database, { person: null, counts: unit }, undefined)
  const strict: Budgets = new Map([...budgets, ['other', openLedger({ epsilon: 30, delta: 1e-5 }).budget]])
  assert.equal(leftOf(book!, 'other', strict).epsilon, 0)
  assert.equal(leftOf(book!, 'other', new Map()).epsilon, remainingBudget(book!.ledger).epsilon)
  await database.destroy()
})
