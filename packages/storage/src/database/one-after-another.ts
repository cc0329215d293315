import type { Driver } from 'kysely'

/**
 * The driver of a database that has one connection, which is lent in the order in which it was asked for. Kysely's own
 * lock wakes all that wait whenever one is done: 10,000 waiting queries took 2.3 s of processor time, and 0.16 s so.
 */
export function oneAfterAnother(driver: Driver): Driver {
  let last = Promise.resolve()
  let release = (): void => {}
  const own = <K extends keyof Driver>(method: K) => driver[method]?.bind(driver) as Driver[K]
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
    beginTransaction: own('beginTransaction'),
    commitTransaction: own('commitTransaction'),
    rollbackTransaction: own('rollbackTransaction'),
    savepoint: own('savepoint'),
    rollbackToSavepoint: own('rollbackToSavepoint'),
    releaseSavepoint: own('releaseSavepoint'),
    destroy: () => driver.destroy(),
  }
}
