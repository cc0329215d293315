import { isRefusal, waitSecondsMax } from '@consort/protocol'
import type { Logger } from 'pino'

/** What a poll may take beside its own wait. */
const pollMarginMs = 10_000
/** A poll that is cut after this long had reached the hub: something on the way does not bear silence. */
const cutAfterMs = 1500
/** After so many polls that were not cut, a longer wait is tried again. */
const longerAfter = 20

/** How long the hub may keep a poll waiting, and when the node gives it up. */
export interface PollWait {
  readonly waitSeconds: number
  readonly timeoutMs: number
}

/**
 * Long polls that fit the way to the hub: where a proxy cuts connections that are silent for some seconds, the next
 * polls wait for less than that.
 */
export function createLongPoll(log: Logger): <T>(poll: (wait: PollWait) => Promise<T>) => Promise<T> {
  let waitSeconds = waitSecondsMax
  let uncut = 0
  return async poll => {
    for (;;) {
      const began = performance.now()
      try {
        const answer = await poll({ waitSeconds, timeoutMs: waitSeconds * 1000 + pollMarginMs })
        uncut += 1
        if (uncut % longerAfter === 0) waitSeconds = Math.min(Math.ceil(1.5 * waitSeconds), waitSecondsMax)
        return answer
      } catch (error) {
        const elapsed = performance.now() - began
        const wasCut = isRefusal(error, 'unreachable') && elapsed > cutAfterMs
        if (!wasCut || waitSeconds === 1) throw error
        uncut = 0
        waitSeconds = Math.max(1, Math.floor((0.7 * elapsed) / 1000))
        log.info({ waitSeconds }, 'long-poll-cut')
      }
    }
  }
}
