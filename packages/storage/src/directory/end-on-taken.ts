import type { Refusal } from '@consort/protocol'

/** Told when another process has taken over what this one serves. Ends the process; only a test goes on afterwards. */
export type OnTaken = (refusal: Refusal) => void

/** As that of a command that was refused: the next start says the same. */
const exitCode = 3

/** Ends the process at once: two that serve the same would give out twice what may be given out once. */
export function endOnTaken(log: { fatal(entry: object, message: string): void }): OnTaken {
  return ({ code, message, hint }) => {
    log.fatal({ code, error: message, hint }, 'taken-over')
    process.exit(exitCode)
  }
}
