import { Refusal } from '@consort/protocol'
import type { World } from './world/world.ts'

/** What may pass; a nonce is made anew by each process, and one call may meet several processes. */
const passing: ReadonlySet<string> = new Set(['unreachable', 'busy', 'disk-full', 'nonce-unknown'])
const pauseMs = 500

/**
 * Repeats a call until there is an answer that does not pass; undefined for a refusal. `onWrong` is told of what nobody
 * may be told: that something failed for reasons of the server's own.
 */
export function createInsisting(
  world: World,
  onWrong: (what: string) => void,
): <T>(what: string, call: () => Promise<T>) => Promise<T | undefined> {
  return async (what, call) => {
    for (;;) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.code === 'internal') onWrong(`${what} is answered with "internal"`)
        else if (!passing.has(error.code)) {
          world.note(`${what} is refused: ${error.code}`)
          return undefined
        }
        await new Promise<void>(resolve => world.time.after(pauseMs, resolve))
      }
    }
  }
}
