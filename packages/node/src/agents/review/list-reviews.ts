import { closedCount, openCases } from '@consort/review'
import { type NodeHandler, reviewerOf } from '../../caller.ts'
import type { ReviewContext } from './review-context.ts'

/** Lists the cases that wait for the expert who calls, and counts those that it has closed. */
export function listReviews({ database }: Pick<ReviewContext, 'database'>): NodeHandler<'listReviews'> {
  return async ({ caller }) => {
    const reviewer = reviewerOf(caller)
    return {
      open: await openCases(database, reviewer),
      answered: await closedCount(database, reviewer),
    }
  }
}
