import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { type CaseRole, createCaseRoles, type RoleShares } from './case-role.ts'

const key = Buffer.alloc(32, 7)
const shares = { train: 0.6, calibrate: 0.25, test: 0.15 }
const units = Array.from({ length: 20_000 }, (_, index) => `patient-${index}`)

const rolesOf = (shares: RoleShares, withKey: Uint8Array = key): CaseRole[] =>
  units.map(createCaseRoles({ key: withKey, shares }))

test('shares come out as asked, within four standard deviations', () => {
  const roles = rolesOf(shares)
  for (const [role, share] of Object.entries(shares)) {
    const got = roles.filter(one => one === role).length
    const deviation = Math.sqrt(units.length * share * (1 - share))
    assert.ok(Math.abs(got - units.length * share) < 4 * deviation, `${role}: ${got}`)
  }
})

test('one unit has one role, for ever and in any order; another key gives others', () => {
  const again = createCaseRoles({ key, shares })
  const later = new Map(units.toReversed().map(unit => [unit, again(unit)]))
  const roles = rolesOf(shares)
  assert.ok(units.every((unit, index) => later.get(unit) === roles[index]))
  const others = rolesOf(shares, Buffer.alloc(32, 8))
  assert.ok(roles.some((role, index) => role !== others[index]))
})

test('the role is the keyed hash that the documentation says', () => {
  const roleOf = createCaseRoles({ key, shares })
  for (const unit of ['', 'a', '张三', 'patient-17']) {
    const hex = createHmac('sha256', key).update(`consort-case-role\n${unit}`).digest('hex')
    const place = Number.parseInt(hex.slice(0, 12), 16) / 2 ** 48
    const expected = place < 0.15 ? 'test' : place < 0.75 ? 'train' : 'calibrate'
    assert.equal(roleOf(unit), expected)
  }
})

test('when test and calibrate shrink, units only move to train; these two never swap', () => {
  const before = rolesOf(shares)
  const after = rolesOf({ train: 0.8, calibrate: 0.12, test: 0.08 })
  const moves = new Set(before.map((role, index) => `${role} → ${after[index]}`))
  assert.deepEqual([...moves].sort(), [
    'calibrate → calibrate',
    'calibrate → train',
    'test → test',
    'test → train',
    'train → train',
  ])
})

test('a share of 0 gets nobody, a share of 1 everybody', () => {
  assert.ok(rolesOf({ train: 0, calibrate: 0.5, test: 0.5 }).every(role => role !== 'train'))
  assert.ok(rolesOf({ train: 0, calibrate: 1, test: 0 }).every(role => role === 'calibrate'))
  assert.ok(rolesOf({ train: 1, calibrate: 0, test: 0 }).every(role => role === 'train'))
})

test('shares that are not parts of 1 are refused, and so are short keys', () => {
  const wrong = [
    { ...shares, train: 0.7 },
    { train: 1.2, calibrate: -0.2, test: 0 },
    { ...shares, test: Number.NaN },
  ]
  for (const shares of wrong) {
    assert.throws(
      () => createCaseRoles({ key, shares }),
      (error: unknown) => isRefusal(error, 'input-invalid'),
    )
  }
  assert.throws(() => createCaseRoles({ key: Buffer.alloc(15), shares }), RangeError)
})
