import { Refusal } from '@consort/protocol'

/** Faults of this machine that the caller can wait for, as refusals; undefined for what is a bug. */
export function refusalOfFault(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  if (!(error instanceof Error)) return undefined
  const { code, errcode } = error as Error & { code?: unknown; errcode?: number }
  const sqliteFull = 13
  if (code === 'ENOSPC' || code === 'EDQUOT' || (code === 'ERR_SQLITE_ERROR' && errcode === sqliteFull)) {
    return new Refusal('disk-full', 'The hub has no space left', {
      hint: 'Free some on the hub; what was acknowledged is safe, and this call can be repeated.',
      cause: error,
    })
  }
  return undefined
}
