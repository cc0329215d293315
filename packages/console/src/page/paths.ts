/** Every address that the page calls. A test holds them against the contract. */
export const paths = {
  listReviews: '/v1/reviews',
  getReview: '/v1/reviews/:case',
  listNearest: '/v1/reviews/:case/nearest',
  answerReview: '/v1/reviews/:case/answers',
} as const

export type PathName = keyof typeof paths

/** Relative to the page, so that it also works behind a proxy that adds a prefix. */
export function addressOf(name: PathName, caseId = ''): string {
  return `.${paths[name].replace(':case', encodeURIComponent(caseId))}`
}
