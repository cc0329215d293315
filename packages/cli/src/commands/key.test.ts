import assert from 'node:assert/strict'
import test from 'node:test'
import { limitsOf } from './key.ts'

test('what is said becomes a limit, and what is not said is left to the node', () => {
  assert.deepEqual(limitsOf({ for: 'expert' }), {})
  const limits = limitsOf({
    for: 'application',
    scope: 'triage, chest',
    expires: '2030-01-31T18:00:00+01:00',
    perMinute: '60',
    queries: '0',
    budget: '0',
    decimals: '3',
  })
  assert.deepEqual(limits, {
    agents: ['triage', 'chest'],
    expires: '2030-01-31T17:00:00.000Z',
    requestsPerMinute: 60,
    queriesPerMonth: 0,
    minorUnitsPerMonth: 0,
    decimals: 3,
  })
  assert.equal(limitsOf({ for: 'expert', expires: '2030-01-31' }).expires, '2030-01-31T00:00:00.000Z')
})

test('what is no number or no date is refused, and never taken for no limit', () => {
  for (const text of ['5 euros', '', '-1', '1.5', '1e3', 'NaN', '9'.repeat(16)]) {
    for (const [name, path] of [
      ['budget', '--budget'],
      ['queries', '--queries'],
      ['perMinute', '--per-minute'],
      ['decimals', '--decimals'],
    ] as const) {
      const said = { for: 'application', [name]: text } as const
      assert.throws(() => limitsOf(said), { code: 'input-invalid', path }, text)
    }
  }
  for (const text of ['tomorrow', '', '31.01.2030', '2030-13-01', '2030']) {
    assert.throws(() => limitsOf({ for: 'expert', expires: text }), { code: 'input-invalid' }, text)
  }
})
