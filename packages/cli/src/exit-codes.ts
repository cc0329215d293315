import { Refusal, type RefusalCode, refusalStatus } from '@consort/protocol'

/** What a shell script can tell from the end of a command. Documented in docs/cli.md. */
export const exitCodes = {
  done: 0,
  /** Something unexpected: a bug, or a fault of the machine. */
  broken: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Understood and refused: the message says why and what to do. */
  refused: 3,
  /** The hub, the node or the database server could not be reached; trying again may help. */
  unreachable: 4,
  /** A run that was watched failed or was cancelled. */
  runFailed: 5,
  /** A check found something wrong: `doctor`, `audit verify`, `dataset export` without a file. */
  checkFailed: 6,
  interrupted: 130,
} as const

/** Says with which code the program ends after an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Refusal)) return exitCodes.broken
  const special: Partial<Record<RefusalCode, number>> = {
    unreachable: exitCodes.unreachable,
    'log-altered': exitCodes.checkFailed,
    internal: exitCodes.broken,
  }
  return special[error.code] ?? (refusalStatus[error.code] >= 500 ? exitCodes.broken : exitCodes.refused)
}
