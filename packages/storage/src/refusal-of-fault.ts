import { Refusal } from '@consort/protocol'
import { isDatabaseAway } from './database/postgres/is-database-away.ts'
import { hasCode } from './files/error-code.ts'

const sqliteFull = 13

/**
 * Gives faults of the machine of a hub or a node that its callers can wait for as refusals; undefined for what is a
 * bug.
 */
export function refusalOfFault(of: 'hub' | 'node', error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  if (isDatabaseAway(error)) {
    return new Refusal('busy', `The ${of} cannot reach its database`, {
      hint: `Try again; its operator sees why in the log of the ${of}.`,
      retryAfterSeconds: 1,
      cause: error,
    })
  }
  if (hasCode(error, 'EMFILE', 'ENFILE')) {
    return new Refusal('busy', `The ${of} has too many files and connections open`, {
      hint: 'Try again. Its operator raises the limit (`ulimit -n`), or looks who holds connections.',
      retryAfterSeconds: 5,
      cause: error,
    })
  }
  if (!isDiskFull(error)) return undefined
  return new Refusal('disk-full', `The ${of} has no space left`, {
    hint: `Free some on the ${of}; what was acknowledged is safe, and this call can be repeated.`,
    cause: error,
  })
}

function isDiskFull(error: unknown): boolean {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return true
  return hasCode(error, 'ERR_SQLITE_ERROR') && 'errcode' in error && error.errcode === sqliteFull
}
