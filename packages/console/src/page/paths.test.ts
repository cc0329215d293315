import assert from 'node:assert/strict'
import test from 'node:test'
import { answerReview, getReview, listNearest, listReviews } from '@consort/protocol'
import { addressOf, paths } from './paths.ts'

test('the paths are those of the contract', () => {
  const contract = { listReviews, getReview, listNearest, answerReview }
  const contracted = Object.entries(contract).map(([name, { path }]) => [name, path])
  assert.deepEqual(Object.entries(paths), contracted)
})

test('an address names its case', () => {
  assert.equal(addressOf('answerReview', 'cas_1'), './v1/reviews/cas_1/answers')
  assert.equal(addressOf('listReviews'), './v1/reviews')
})
