import assert from 'node:assert/strict'
import test from 'node:test'
import { answerReview, getCase, listReviews } from '../api/case.ts'
import { addressOf } from './address.ts'

test('an address names what it is about, and leaves out what is not said', () => {
  assert.equal(addressOf(listReviews), '/v1/reviews')
  assert.equal(addressOf(answerReview, { params: { case: 'cas_1' } }), '/v1/reviews/cas_1/answers')
  const asked = { params: { case: 'cas_1' }, query: { after: 2, wait: undefined } }
  assert.equal(addressOf(getCase, asked), '/v1/cases/cas_1?after=2')
})

test('a parameter cannot lead to another place', () => {
  assert.equal(addressOf(getCase, { params: { case: '../x' } }), '/v1/cases/..%2Fx')
  for (const name of ['', '.', '..']) {
    assert.throws(() => addressOf(getCase, { params: { case: name } }), { code: 'input-invalid' })
  }
})
