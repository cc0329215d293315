import assert from 'node:assert/strict'
import test from 'node:test'
import { jumpMsMax, watchClock } from './clock-watch.ts'

const hour = 3_600_000
const year = 365 * 24 * hour

/** A clock that may be set, and looks at it an hour after the other. */
function openClock() {
  let [ms, steadyMs] = [year, 0]
  const isSteady = watchClock({ now: () => new Date(ms), steadyMs: () => steadyMs })
  return {
    set: (by: number) => {
      ms += by
    },
    look: (known?: Date) => {
      ms += hour
      steadyMs += hour
      return isSteady(known)
    },
    before: (ago: number) => new Date(ms - ago),
  }
}

test('a clock that was set a year ahead is not believed before it has gone on from there', () => {
  const clock = openClock()
  assert.equal(clock.look(clock.before(0)), true)
  clock.set(year)
  assert.deepEqual([clock.look(), clock.look()], [false, true])
  clock.set(-year)
  assert.equal(clock.look(), true, 'one that is set back makes nothing older')
  clock.set(year)
  assert.equal(clock.look(), false)
  clock.set(-year)
  assert.equal(clock.look(), true)
})

test('the first look compares with what was seen before the process began', () => {
  for (const [ago, first] of [
    [year, false],
    [jumpMsMax - hour, true],
    [jumpMsMax, false],
    [-year, true],
  ] as const) {
    const clock = openClock()
    assert.deepEqual([clock.look(clock.before(ago)), clock.look()], [first, true], String(ago))
  }
  const clock = openClock()
  assert.deepEqual([clock.look(), clock.look()], [false, true], 'nothing was seen')
})
