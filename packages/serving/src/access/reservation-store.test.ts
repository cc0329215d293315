import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Id, isRefusal, Refusal } from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { type Ledger, noon, openLedger } from '../testing/open-ledger.ts'
import { monthOf, moveAccount, readAccount } from './account-store.ts'
import type { AccessHolder } from './key-store.ts'
import {
  createReservations,
  defer,
  endDeferral,
  type Reservation,
  release,
  releaseUnheard,
  reserve,
  settle,
} from './reservation-store.ts'

const price = 7
const month = monthOf(noon)
const accountOf = ({ database }: Ledger, { id }: Pick<AccessHolder, 'id'>) =>
  readAccount(database, { key: id, month })
const writing = <T>(
  { database }: Ledger,
  work: (transaction: Transaction<ServingTables>) => Promise<T>,
): Promise<T> => database.transaction().execute(work)

function isSpent(error: unknown): boolean {
  return isRefusal(error, 'budget-spent')
}

/** How many of 200 questions that come at the same time are answered, by this way of reserving. */
async function answersOf200(
  ledger: Ledger,
  holder: AccessHolder,
  reserveOne: (holder: AccessHolder) => Promise<Reservation>,
): Promise<number> {
  const ask = async (): Promise<boolean> => {
    try {
      const reservation = await reserveOne(holder)
      await new Promise(resolve => setImmediate(resolve)) // the model thinks
      await writing(ledger, transaction => settle(transaction, reservation))
      return true
    } catch (error) {
      if (isSpent(error)) return false
      throw error
    }
  }
  const answers = await Promise.all(Array.from({ length: 200 }, ask))
  return answers.filter(Boolean).length
}

test('of 200 questions at once, a budget for 50 answers exactly 50, by number and by money', async () => {
  for (const limits of [{ queriesPerMonth: 50 }, { minorUnitsPerMonth: 50 * price + price - 1 }]) {
    await using ledger = await openLedger()
    const ward = await ledger.key('ward', limits)
    const reservations = createReservations(ledger.database)
    const answered = await answersOf200(ledger, ward, holder =>
      reserve(reservations, { holder, price, queries: 1, now: noon }),
    )
    assert.equal(answered, 50)
    assert.deepEqual(await accountOf(ledger, ward), {
      month,
      queries: { spent: 50, held: 0 },
      minorUnits: { spent: 50 * price, held: 0 },
    })
  }
})

test('planted: who looks first and takes later, outside of a transaction, overspends', async () => {
  await using ledger = await openLedger()
  const ward = await ledger.key('ward', { queriesPerMonth: 50 })
  const answered = await answersOf200(ledger, ward, async ({ id, limits }) => {
    const { queries } = await accountOf(ledger, ward)
    if (queries.spent + queries.held >= limits.queriesPerMonth!) throw new Refusal('budget-spent', 'spent')
    await writing(ledger, transaction => moveAccount(transaction, { key: id, month }, { queriesHeld: 1 }))
    return { key: id, month, price, row: null }
  })
  assert.ok(answered > 50, `${answered} were answered`)
})

test('several questions are reserved all or none, and what is left over comes back', async () => {
  await using ledger = await openLedger()
  const ward = await ledger.key('ward', { queriesPerMonth: 10 })
  const reservations = createReservations(ledger.database)
  const batch = (queries: number) => reserve(reservations, { holder: ward, price, queries, now: noon })
  const eight = await batch(8)
  await assert.rejects(batch(3), { code: 'budget-spent' })
  await writing(ledger, async transaction => {
    await settle(transaction, eight, { queries: 4 })
    await defer(transaction, eight, 'cas_1')
  })
  assert.deepEqual((await accountOf(ledger, ward)).queries, { spent: 5, held: 3 })
  await writing(ledger, transaction => release(transaction, eight))
  await writing(ledger, transaction => release(transaction, eight))
  const { queries, minorUnits } = await accountOf(ledger, ward)
  assert.deepEqual(
    [queries, minorUnits],
    [
      { spent: 5, held: 0 },
      { spent: 4 * price, held: price },
    ],
  )
  await assert.rejects(
    writing(ledger, transaction => settle(transaction, eight)),
    TypeError,
    'what was given back cannot be spent',
  )
  await batch(5)
})

test('a deferral spends the query; its money is spent by an answer, once, and free again when it is cancelled', async () => {
  await using ledger = await openLedger()
  const limits = { queriesPerMonth: 100, minorUnitsPerMonth: 2 * price }
  const [ward, free] = [await ledger.key('ward', limits), await ledger.key('free')]
  const reservations = createReservations(ledger.database)
  for (const holder of [ward, free]) {
    for (const name of ['answered', 'cancelled']) {
      const reservation = await reserve(reservations, { holder, price, queries: 1, now: noon })
      await writing(ledger, transaction => defer(transaction, reservation, `cas_${name}-${holder.name}`))
    }
    assert.deepEqual((await accountOf(ledger, holder)).minorUnits, { spent: 0, held: 2 * price })
  }
  await assert.rejects(reserve(reservations, { holder: ward, price, queries: 1, now: noon }), isSpent)
  for (const name of ['ward', 'free']) {
    for (let turn = 0; turn < 2; turn++) {
      await writing(ledger, transaction => endDeferral(transaction, `cas_answered-${name}`, { isOwed: true }))
      await writing(ledger, transaction =>
        endDeferral(transaction, `cas_cancelled-${name}`, { isOwed: false }),
      )
    }
  }
  for (const holder of [ward, free]) {
    const { queries, minorUnits } = await accountOf(ledger, holder)
    assert.deepEqual(
      [queries, minorUnits],
      [
        { spent: 2, held: 0 },
        { spent: price, held: 0 },
      ],
    )
  }
  await reserve(reservations, { holder: ward, price, queries: 1, now: noon })
})

test('a budget of 0 lets nothing through that costs, and what costs nothing', async () => {
  await using ledger = await openLedger()
  const reservations = createReservations(ledger.database)
  const poor = await ledger.key('poor', { minorUnitsPerMonth: 0 })
  const mute = await ledger.key('mute', { queriesPerMonth: 0 })
  const one = (holder: AccessHolder, cost: number) =>
    reserve(reservations, { holder, price: cost, queries: 1, now: noon })
  await assert.rejects(one(poor, 1), isSpent)
  await assert.rejects(one(mute, 0), isSpent)
  const free = await one(poor, 0)
  await writing(ledger, transaction => settle(transaction, free))
  assert.equal((await accountOf(ledger, poor)).queries.spent, 1)
})

test('each month has a budget of its own, and a case counts in the month in which it was asked', async () => {
  await using ledger = await openLedger()
  const ward = await ledger.key('ward', { minorUnitsPerMonth: price })
  const reservations = createReservations(ledger.database)
  const lastMoment = new Date('2026-11-30T23:59:59.999Z')
  const first = await reserve(reservations, { holder: ward, price, queries: 1, now: lastMoment })
  await writing(ledger, transaction => defer(transaction, first, 'cas_1'))
  await assert.rejects(reserve(reservations, { holder: ward, price, queries: 1, now: lastMoment }), isSpent)
  await reserve(reservations, { holder: ward, price, queries: 1, now: new Date('2026-12-01T00:00:00Z') })
  await writing(ledger, transaction => endDeferral(transaction, 'cas_1', { isOwed: true }))
  assert.deepEqual((await accountOf(ledger, ward)).minorUnits, { spent: price, held: 0 })
})

/** A generator of numbers below `bound` that repeats itself (Park, Miller 1988). */
function createDraw(seed: number): (bound: number) => number {
  let state = seed
  return bound => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
}

/** One random history of questions, answers, deferrals and crashes; what the books say at its end, and what is true. */
async function simulate(seed: number, { recover }: { recover: typeof releaseUnheard }) {
  const draw = createDraw(seed)
  await using ledger = await openLedger()
  const budget = { queries: 5 + draw(20), minorUnits: price * (5 + draw(20)) }
  const ward = await ledger.key('ward', {
    queriesPerMonth: budget.queries,
    minorUnitsPerMonth: budget.minorUnits,
  })
  let reservations = createReservations(ledger.database)
  let underWay: Reservation[] = []
  const waiting: Id<'case'>[] = []
  const truth = { queries: 0, minorUnits: 0 }
  for (let step = 0; step < 60; step++) {
    const event = draw(12)
    const reservation = event >= 5 && event <= 8 ? underWay.shift() : undefined
    if (event < 5) {
      const asked = reserve(reservations, { holder: ward, price, queries: 1, now: noon })
      await asked.then(made => underWay.push(made)).catch(error => assert.ok(isSpent(error), String(error)))
    } else if (reservation && event === 5) {
      await writing(ledger, transaction => release(transaction, reservation))
    } else if (reservation && event === 6) {
      await writing(ledger, transaction => defer(transaction, reservation, `cas_${step}`))
      waiting.push(`cas_${step}`)
      truth.queries += 1
    } else if (reservation) {
      await writing(ledger, transaction => settle(transaction, reservation))
      truth.queries += 1
      truth.minorUnits += price
    } else if (event === 9 || event === 10) {
      const name = waiting.shift()
      if (name === undefined) continue
      await writing(ledger, transaction => endDeferral(transaction, name, { isOwed: event === 9 }))
      if (event === 9) truth.minorUnits += price
    } else if (event === 11) {
      await ledger.reopen()
      reservations = createReservations(ledger.database)
      await recover(ledger.database)
      underWay = []
    }
    const { queries, minorUnits } = await accountOf(ledger, ward)
    assert.ok(queries.spent + queries.held <= budget.queries, `seed ${seed}, step ${step}`)
    assert.ok(minorUnits.spent + minorUnits.held <= budget.minorUnits, `seed ${seed}, step ${step}`)
  }
  return {
    account: await accountOf(ledger, ward),
    truth: {
      month,
      queries: { spent: truth.queries, held: underWay.length },
      minorUnits: { spent: truth.minorUnits, held: price * (underWay.length + waiting.length) },
    },
  }
}

const seeds = Array.from({ length: 12 }, (_, index) => 1000 + index)

test('the books agree with what happened after any history, crashes included', async () => {
  for (const seed of seeds) {
    const { account, truth } = await simulate(seed, { recover: releaseUnheard })
    assert.deepEqual(account, truth, `seed ${seed}`)
  }
})

test('planted: a start that forgets what was under way, or the cases that wait, is noticed', async () => {
  const forgets: (typeof releaseUnheard)[] = [
    async () => 0,
    async database => {
      await database.deleteFrom('access_waiting').execute()
      await database.updateTable('access_account').set({ units_held: 0, queries_held: 0 }).execute()
      return await releaseUnheard(database).catch(() => 0)
    },
  ]
  for (const recover of forgets) {
    const wrong = await Promise.all(
      seeds.slice(0, 6).map(async seed => {
        const outcome = await simulate(seed, { recover }).catch(() => undefined)
        return outcome === undefined || JSON.stringify(outcome.account) !== JSON.stringify(outcome.truth)
      }),
    )
    assert.ok(wrong.some(Boolean))
  }
})

const program = fileURLToPath(new URL('../testing/asking-process.ts', import.meta.url))

test('after kill -9 nothing that was acknowledged is lost, and what nobody heard of is free again', async () => {
  await using ledger = await openLedger()
  const budget = 100_000
  const ward = await ledger.key('ward', { queriesPerMonth: budget, minorUnitsPerMonth: budget * price })
  const child = spawn(process.execPath, ['--conditions=source', program, ledger.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = { answered: 0, deferred: 0 }
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    told[line as keyof typeof told] += 1
    if (told.answered + told.deferred === 60) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.ok(told.answered + told.deferred >= 60)

  await ledger.reopen()
  const before = await accountOf(ledger, ward)
  assert.ok(before.queries.held > 0, 'questions were under way')
  assert.equal(await releaseUnheard(ledger.database), before.queries.held)
  const { queries, minorUnits } = await accountOf(ledger, ward)
  const { deferred } = await ledger.database
    .selectFrom('access_waiting')
    .select(({ fn }) => fn.countAll<number>().as('deferred'))
    .executeTakeFirstOrThrow()
  // What was booked in the last moment may not have been told any more; nothing was told that is not booked.
  const untold = queries.spent - told.answered - told.deferred
  assert.ok(untold >= 0 && untold <= 20, `${untold} were booked and not told`)
  assert.ok(deferred >= told.deferred)
  assert.deepEqual(
    [queries.held, minorUnits],
    [0, { spent: (queries.spent - deferred) * price, held: deferred * price }],
  )
})
