import { AsyncLocalStorage } from 'node:async_hooks'

/** One life of a machine's process: from its start until it is stopped or dies. */
export interface Life {
  readonly machine: string
  /** Whatever runs on in a dead life is heard by nobody. */
  isDead: boolean
  /** What is told of each operation on its disk, before and after; either may end the life. */
  onDisk: (when: 'before' | 'after', what: string) => void
  /** The machine's clock is ahead by so much, in milliseconds. */
  readonly skewMs: () => number
}

/** Whose code runs: undefined for the people and programs outside of all machines. */
export const lives = new AsyncLocalStorage<Life | undefined>()

/** What the code of a dead life meets wherever it would touch something. */
export class DeadError extends Error {
  override readonly name = 'DeadError'
}

/** Returns true for an error that comes of touching something in a dead life, however deep it is wrapped. */
export function isOfTheDead(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof DeadError || at.message.includes('DeadError')) return true
  return false
}
