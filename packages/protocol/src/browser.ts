/**
 * What a page in a browser may load: nothing in here, nor in what it imports, needs Node. The page calls the same
 * endpoint values that the node serves, and reads answers through their schemas.
 */

export { type Problem, problemSchema } from '@consort/basics'
export { type ShownRecord, shownRecord } from '@consort/records'
export { answerReview, getReview, listNearest, listReviews } from './api/case.ts'
export { addressOf } from './http/address.ts'
export type { Endpoint, Input, Result } from './http/endpoint.ts'
