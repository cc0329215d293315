/**
 * Tells whether a call failed because PostgreSQL cannot be reached, is starting or is going down, or took longer than
 * somebody who serves may wait: it can be repeated, and what was not acknowledged may or may not have been kept. The
 * codes are of Node's sockets and of PostgreSQL (appendix A: class 08, 57P01 to 57P03, and 57014, 55P03 and 25P03 for
 * a statement, a lock and a transaction that took too long); the messages are those that node-postgres gives no code.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && error.code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect' // its socket
  if ('code' in error && typeof error.code === 'string') return codes.test(error.code)
  return messages.test(error.message)
}

const codes =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|57P0[123]|57014|55P03|25P03|53300)$/
const messages =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/
