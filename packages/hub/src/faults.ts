import { Refusal } from '@consort/protocol'

const sqliteFull = 13

/** Gives faults of this machine that the caller can wait for as refusals; undefined for what is a bug. */
export function refusalOfFault(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  if (!(error instanceof Error) || !isDiskFull(error)) return undefined
  return new Refusal('disk-full', 'The hub has no space left', {
    hint: 'Free some on the hub; what was acknowledged is safe, and this call can be repeated.',
    cause: error,
  })
}

function isDiskFull(error: Error): boolean {
  if (!('code' in error)) return false
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return true
  return error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error && error.errcode === sqliteFull
}
