import assert from 'node:assert/strict'
import test from 'node:test'
import { isDatabaseAway } from './is-database-away.ts'

const coded = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall })

test('a server that cannot be reached, starts or ends is away', () => {
  for (const error of [
    coded('ECONNREFUSED', 'connect'),
    coded('ENOENT', 'connect'),
    coded('57P01'),
    coded('57P03'),
    coded('08006'),
    coded('ETIMEDOUT'),
    coded('57014'),
    coded('55P03'),
    coded('25P03'),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
  ])
    assert.equal(isDatabaseAway(error), true, error.message)
})

test('a file that is missing, a broken rule of a table or a bug is something else', () => {
  for (const error of [
    coded('ENOENT', 'open'),
    coded('23505'),
    coded('22003'),
    new TypeError('x is not'),
    'away',
  ])
    assert.equal(isDatabaseAway(error), false, String(error))
})
