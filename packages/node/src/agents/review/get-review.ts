import { readCase, reviewView } from '@consort/review'
import { type NodeHandler, reviewerOf } from '../../caller.ts'
import { agreedSchema } from '../../hub/agreement-store.ts'
import { classesOf } from '../versions/classes-of.ts'
import type { ReviewContext } from './review-context.ts'

/** Shows one case to an expert: the suggestion only after its own first answer. */
export function getReview({ database }: Pick<ReviewContext, 'database'>): NodeHandler<'getReview'> {
  return async ({ params, caller }) => {
    const file = await readCase(database, params.case)
    return reviewView(file, {
      classes: await classesOf(database, file.version),
      reviewer: reviewerOf(caller),
      schema: await agreedSchema(database, file.dataset),
    })
  }
}
