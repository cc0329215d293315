import { openSqlite } from '@consort/storage'
import { readAccessHolder } from '../access/key-store.ts'
import { createReservations, defer, reserve, settle } from '../access/reservation-store.ts'
import type { ServingTables } from '../tables.ts'
import { noon } from './open-ledger.ts'

/**
 * Asks without end in the name of the key `ward`, twenty questions at a time, and says of each on a line of its own
 * what became of it once that is written: every third is deferred, of every tenth the model thinks for ever. To be
 * killed.
 */
const [path] = process.argv.slice(2)
const database = openSqlite<ServingTables>(path!)
const reservations = createReservations(database)
const ward = await readAccessHolder(database, { name: 'ward' })
let asked = 0

async function askOn(): Promise<never> {
  for (;;) {
    const number = ++asked
    const reservation = await reserve(reservations, { holder: ward, price: 7, queries: 1, now: noon })
    await (number % 10 === 0 ? new Promise(() => {}) : new Promise(resolve => setTimeout(resolve, 1)))
    const isDeferred = number % 3 === 0
    await database
      .transaction()
      .execute(transaction =>
        isDeferred ? defer(transaction, reservation, `cas_${number}`) : settle(transaction, reservation),
      )
    console.log(isDeferred ? 'deferred' : 'answered')
  }
}

await Promise.all(Array.from({ length: 20 }, askOn))
