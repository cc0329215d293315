import type { ListPlace } from '@consort/protocol'
import { listAnswers } from '../answers/answer-store.ts'
import type { AskedCase } from '../case-file.ts'
import { listCases } from '../cases/list-cases.ts'
import type { ListedCases } from '../listed-cases.ts'
import type { ReviewReader } from '../tables.ts'

/** Cases by when they were asked, the newest first, and those of one moment by their ids; at most `limit`. */
export async function listAsked(database: ReviewReader, listed: ListedCases): Promise<AskedCase[]> {
  const files = await listCases(database, listed)
  const areAnswersMeant = listed.state === undefined || listed.state === 'answered'
  const answers = areAnswersMeant ? await listAnswers(database, listed) : []
  return [
    ...files.map((file): AskedCase => ({ kind: 'case', file })),
    ...answers.map((answer): AskedCase => ({ kind: 'answer', answer })),
  ]
    .sort(newestFirst)
    .slice(0, listed.limit)
}

/** Where a case stands in lists: the next page begins after it. */
export function placeOf(asked: AskedCase): ListPlace<'case'> {
  const { asked: at, id } = asked.kind === 'case' ? asked.file : asked.answer
  return { at, id }
}

function newestFirst(a: AskedCase, b: AskedCase): number {
  const [first, second] = [placeOf(a), placeOf(b)]
  return first.at < second.at || (first.at === second.at && first.id < second.id) ? 1 : -1
}
