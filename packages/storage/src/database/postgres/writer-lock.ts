import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'

/** The number of the advisory lock that a writer holds; any two writers of one database must agree on it. */
export const writerLock = 0x636f_6e73

/**
 * A dialect in which one transaction writes at a time, over all processes that share the database. Every transaction,
 * and every single statement that changes rows, first takes one advisory lock, which PostgreSQL frees at commit,
 * rollback or the loss of the connection. Then what a transaction has read cannot be changed by another before it
 * commits, as in the embedded database, which has one writer by nature: the same stores, reviewed once, are right on
 * both. Plain reads take no lock. (postgresql.org/docs, "Advisory Locks"; the alternative, serializable transactions
 * that are tried again, would have every transaction meet every other at the head of the audit log.)
 */
export function withWriterLock(dialect: Dialect): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: database => dialect.createIntrospector(database),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => new WriterLockDriver(dialect.createDriver()),
  }
}

class WriterLockDriver implements Driver {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  init(): Promise<void> {
    return this.#driver.init()
  }

  async acquireConnection(): Promise<WriterConnection> {
    return new WriterConnection(this.#driver, await this.#driver.acquireConnection())
  }

  async beginTransaction(connection: WriterConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin(settings)
  }

  commitTransaction(connection: WriterConnection): Promise<void> {
    return connection.end(inner => this.#driver.commitTransaction(inner))
  }

  rollbackTransaction(connection: WriterConnection): Promise<void> {
    return connection.end(inner => this.#driver.rollbackTransaction(inner))
  }

  releaseConnection(connection: WriterConnection): Promise<void> {
    return this.#driver.releaseConnection(connection.inner)
  }

  destroy(): Promise<void> {
    return this.#driver.destroy()
  }
}

/** One connection while somebody holds it, and whether it is in a transaction. */
class WriterConnection implements DatabaseConnection {
  readonly #driver: Driver
  readonly inner: DatabaseConnection
  #isInTransaction = false

  constructor(driver: Driver, inner: DatabaseConnection) {
    this.#driver = driver
    this.inner = inner
  }

  async begin(settings: TransactionSettings): Promise<void> {
    await this.#driver.beginTransaction(this.inner, settings)
    this.#isInTransaction = true
    if (settings.accessMode === 'read only') return
    try {
      await this.inner.executeQuery(CompiledQuery.raw('select pg_advisory_xact_lock($1)', [writerLock]))
    } catch (error) {
      await this.undo() // nobody else does for a transaction that never began
      throw error
    }
  }

  /** Rolls back, as far as there still is a connection. */
  async undo(): Promise<void> {
    await this.end(inner => this.#driver.rollbackTransaction(inner)).catch(() => {})
  }

  async end(how: (inner: DatabaseConnection) => Promise<void>): Promise<void> {
    this.#isInTransaction = false
    await how(this.inner)
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (!changes.has(query.query.kind)) return await this.inner.executeQuery(query)
    refuseUnportable(query.parameters)
    if (this.#isInTransaction) return await this.inner.executeQuery(query)
    await this.begin({})
    try {
      const result = await this.inner.executeQuery<Row>(query)
      await this.end(inner => this.#driver.commitTransaction(inner))
      return result
    } catch (error) {
      await this.undo()
      throw error
    }
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.inner.streamQuery(query, chunkSize)
  }
}

const changes: ReadonlySet<string> = new Set([
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
  'MergeQueryNode',
])

/** Throws `TypeError` for what the embedded database has no column for, so that nothing works on one of them alone. */
function refuseUnportable(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (value === null || typeof value === 'string' || typeof value === 'number') continue
    if (typeof value === 'bigint' || value instanceof Uint8Array) continue
    throw new TypeError(`databases keep texts, numbers and octets, no ${typeof value}`)
  }
}
