import { readEventLog } from '@consort/storage'

/** All entries of a log at once, for tests, whose logs are short. */
export function wholeLog(path: string): string[] {
  return [...readEventLog(path)]
}
