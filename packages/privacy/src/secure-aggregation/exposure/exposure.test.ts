import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal, type RefusalCode } from '@consort/protocol'
import { entropyOf } from '../../testing/cohort.ts'
import { type Exposure, exposuresOf, type OpenedSum } from './exposure.ts'
import { areWholeGroups, drawFixedGroups, wholeGroups } from './fixed-groups.ts'

const sums = (...cohorts: string[]): OpenedSum[] =>
  cohorts.map((members, index) => ({ round: index + 1, survivors: members.split('') }))
const told = (found: readonly Exposure[]) => found.map(({ members, rounds }) => [members.join(''), rounds])

test('who drops out between two rounds is exposed by their difference', () => {
  const found = exposuresOf([
    { round: 3, survivors: ['a', 'b', 'c', 'd'] },
    { round: 4, survivors: ['a', 'b', 'c'] },
  ])
  assert.deepEqual(found, [
    { members: ['d'], rounds: [3, 4], fact: "d's update is exposed, up to the drift between rounds 3 and 4" },
  ])
})

test('another run counts too, and is named', () => {
  const [found] = exposuresOf([
    { run: 'run_a', round: 1, survivors: ['a', 'b', 'c', 'd'] },
    { round: 1, survivors: ['a', 'b', 'c'] },
  ])
  assert.equal(found!.fact, "d's update is exposed, up to the drift between rounds 1 and 1 of run_a")
})

test('one cohort throughout, or cohorts that differ by three, expose nobody', () => {
  assert.deepEqual(exposuresOf(sums('abcd', 'abcd', 'abcd')), [])
  assert.deepEqual(exposuresOf(sums('abcdefg', 'abcd')), [])
  assert.deepEqual(told(exposuresOf(sums('abcdefg', 'abcd'), { honest: 4 })), [['efg', [1, 2]]])
  assert.deepEqual(exposuresOf([]), [])
})

test('pairs, exchanges, and chains over several rounds', () => {
  assert.deepEqual(told(exposuresOf(sums('abcdef', 'abcd'))), [['ef', [1, 2]]])
  assert.match(
    exposuresOf(sums('abcdef', 'abcd'))[0]!.fact,
    /^A combination of the updates of e and f is exposed, fewer than 3/,
  )
  // d instead of e: the difference d − e is a combination of two.
  assert.deepEqual(told(exposuresOf(sums('abcd', 'abce'))), [['de', [1, 2]]])
  // The fourth and the fifth have all but g once, and g twice.
  const chain = exposuresOf(sums('abcd', 'abef', 'cdef', 'aceg', 'bdfg', 'abcdefg'))
  assert.deepEqual(
    told(chain).find(([who]) => who === 'g'),
    ['g', [4, 5, 6]],
  )
  assert.deepEqual(
    told(exposuresOf(sums('abc', 'abd', 'acd', 'bcd'))).map(([who]) => who),
    ['a', 'b', 'c', 'd'],
  )
})

test('a sum over fewer than three exposes by itself', () => {
  assert.deepEqual(
    exposuresOf(sums('ab'))[0]!.fact,
    'A combination of the updates of a and b is exposed, fewer than 3, by the sum of round 1',
  )
  assert.throws(() => exposuresOf([{ round: 1, survivors: [] }]), isCode('input-invalid'))
})

test('what is found can be computed, and what is not found cannot: against an exhaustive search', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const bytes = entropyOf(`exposure ${seed}`).bytes(4)
    const cohorts = [...bytes]
      .map(byte => [...'abcde'].filter((_, index) => (byte >> index) & 1).join(''))
      .filter(Boolean)
    const found = exposuresOf(sums(...cohorts)).filter(({ members }) => members.length === 1)
    assert.deepEqual(
      found.map(({ members }) => members[0]),
      isolatedBySearch(cohorts),
      `seed ${seed}: ${cohorts}`,
    )
  }
})

/**
 * Integer combinations with coefficients −6 … 6 of up to four sums over five members: enough for these by Cramer's
 * rule.
 */
function isolatedBySearch(cohorts: readonly string[]): string[] {
  const found = new Set<string>()
  const walk = (index: number, totals: number[]): void => {
    if (index === cohorts.length) {
      const left = [...'abcde'].filter((_, place) => totals[place] !== 0)
      if (left.length === 1) found.add(left[0]!)
      return
    }
    for (let factor = -6; factor <= 6; factor++)
      walk(
        index + 1,
        totals.map((total, place) => total + (cohorts[index]!.includes('abcde'[place]!) ? factor : 0)),
      )
  }
  walk(0, [0, 0, 0, 0, 0])
  return [...found].toSorted()
}

test('fixed groups: everyone in one group of at least three, the same for the same seed', () => {
  for (let count = 3; count <= 40; count++) {
    const members = Array.from({ length: count }, (_, index) => `p${String(index).padStart(2, '0')}`)
    const groups = drawFixedGroups(members, { groupMin: 3, seed: 'run' })
    assert.deepEqual(groups.flat().toSorted(), members)
    assert.ok(groups.every(group => group.length >= 3))
    assert.deepEqual(drawFixedGroups(members.toReversed(), { groupMin: 3, seed: 'run' }), groups)
  }
  const members = [...'abcdefghij']
  assert.notDeepEqual(
    drawFixedGroups(members, { groupMin: 3, seed: 'one' }),
    drawFixedGroups(members, { groupMin: 3, seed: 'two' }),
  )
  assert.throws(() => drawFixedGroups(['a', 'b'], { groupMin: 3, seed: 'run' }), isCode('input-invalid'))
})

test('whole groups expose nobody however members drop out; without groups some are', () => {
  const members = [...'abcdefghijkl']
  const groups = drawFixedGroups(members, { groupMin: 3, seed: 'run' })
  const rounds = Array.from({ length: 30 }, (_, index) => {
    const bytes = entropyOf(`drop ${index}`).bytes(members.length)
    return members.filter((_, place) => bytes[place]! > 20)
  })
  const strict = rounds.map(present => wholeGroups(present, groups)).filter(present => present.length > 0)
  assert.ok(strict.every(present => areWholeGroups(present, groups)))
  const sumsOf = (cohorts: readonly string[][]) => cohorts.map((survivors, round) => ({ round, survivors }))
  assert.deepEqual(exposuresOf(sumsOf(strict)), [])
  assert.ok(exposuresOf(sumsOf(rounds)).length > 0)
})

function isCode(code: RefusalCode): (error: unknown) => boolean {
  return error => isRefusal(error, code)
}
