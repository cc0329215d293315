import { Refusal } from '@consort/protocol'
import { hasCode, isDatabaseAway } from '@consort/storage'

const sqliteFull = 13

/** Gives faults of this machine that the caller can wait for as refusals; undefined for what is a bug. */
export function refusalOfFault(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  if (isDatabaseAway(error)) {
    return new Refusal('busy', 'The hub cannot reach its database', {
      hint: 'Try again; its operator sees why in the log of the hub.',
      retryAfterSeconds: 1,
      cause: error,
    })
  }
  if (hasCode(error, 'EMFILE', 'ENFILE')) {
    return new Refusal('busy', 'The hub has too many files and connections open', {
      hint: 'Try again. Its operator raises the limit (`ulimit -n`), or looks who holds connections.',
      retryAfterSeconds: 5,
      cause: error,
    })
  }
  if (!isDiskFull(error)) return undefined
  return new Refusal('disk-full', 'The hub has no space left', {
    hint: 'Free some on the hub; what was acknowledged is safe, and this call can be repeated.',
    cause: error,
  })
}

function isDiskFull(error: unknown): boolean {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return true
  return hasCode(error, 'ERR_SQLITE_ERROR') && 'errcode' in error && error.errcode === sqliteFull
}
