import type { Driver } from 'kysely'

/**
 * The driver of a database that has one connection, which is lent in the order in which it was asked for. Kysely's own
 * lock wakes all that wait whenever one is done: 10,000 waiting queries took 2.3 s of processor time, and 0.16 s so.
 */
export function oneAfterAnother(driver: Driver): Driver {
  let last = Promise.resolve()
  let release = (): void => {}
  return {
    init: () => driver.init(),
    async acquireConnection() {
      const before = last
      const held = Promise.withResolvers<void>()
      last = held.promise
      await before
      release = held.resolve
      return await driver.acquireConnection()
    },
    async releaseConnection(connection) {
      await driver.releaseConnection(connection)
      release()
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: connection => driver.commitTransaction(connection),
    rollbackTransaction: connection => driver.rollbackTransaction(connection),
    destroy: () => driver.destroy(),
  }
}
