import assert from 'node:assert/strict'
import test from 'node:test'
import { type Cohort, createCohort, entropyOf } from '../../testing/cohort.ts'
import { honestRound } from '../../testing/honest-round.ts'
import { createMaskedSum } from '../aggregator/masked-sum.ts'
import { integerClip, updateOfIntegers } from './integers.ts'
import { blockValues } from './keystream.ts'
import { quantise } from './quantise.ts'
import { inputMax } from './ring.ts'

const all = Array.from({ length: inputMax + 1 }, (_, value) => value)

test('every 16-bit integer goes through the quantiser as it is, whatever is drawn', () => {
  const quantised = (clip: number, random: number): Uint32Array => {
    const into = new Uint32Array(all.length)
    const rules = { clip, scale: 1, beyond: 'refuse' } as const
    quantise(updateOfIntegers(all), rules, { into, random: new Uint32Array(all.length).fill(random) })
    return into
  }
  for (const random of [0, 1, 2 ** 31, 2 ** 32 - 1])
    assert.deepEqual([...quantised(integerClip, random)], all, String(random))
  // Planted break: under another clip the step is not 1, and what is drawn decides.
  assert.notDeepEqual(quantised(2 * integerClip, 2 ** 32 - 1), quantised(2 * integerClip, 0))
  for (const wrong of [-1, 65_536, 0.5, Number.NaN]) assert.throws(() => updateOfIntegers([wrong]))
})

test('masks are taken off block by block, with the same sum, and it is there only after the last', () => {
  const values = 2 * blockValues + 5
  const cohort = createCohort(2, { members: 4, values, clip: integerClip, weightCap: 100 })
  const { hub, vectors } = honestRound(cohort, { updateOf: () => updateOfIntegers(Array(values).fill(0)) })
  const { end } = hub
  assert.ok(end.stage === 'opened')
  const [atOnce, inSteps] = [createMaskedSum(cohort.context), createMaskedSum(cohort.context)]
  for (const name of end.survivors) for (const sum of [atOnce, inSteps]) sum.add(vectors.get(name)!, 0)
  atOnce.unmask(end)
  let steps = 0
  for (const _ of inSteps.unmasking(end)) {
    steps += 1
    assert.throws(() => inSteps.sums(0, 1), /masks are still on/)
  }
  assert.equal(steps, 3)
  assert.deepEqual(inSteps.sums(0, values), atOnce.sums(0, values))
})

test('the sum of masked integers is their sum, with a member that drops out', () => {
  const plain = createCohort(1, { members: 10, values: 500, clip: integerClip, weightCap: 1 })
  const members = plain.context.members.map(member => ({ ...member, weight: 1 }))
  const cohort: Cohort = { ...plain, context: { ...plain.context, members } }
  const integersOf = (name: string): number[] => [
    0,
    inputMax,
    ...new Uint16Array(entropyOf(name).bytes(996).buffer),
  ]
  const { hub, vectors } = honestRound(cohort, {
    updateOf: name => updateOfIntegers(integersOf(name)),
    stops: { input: ['p003'], opening: ['p004'] },
  })
  assert.ok(hub.end.stage === 'opened')
  const sum = createMaskedSum(cohort.context)
  for (const name of hub.end.survivors) sum.add(vectors.get(name)!, 0)
  assert.throws(() => sum.sums(0, 500), /masks are still on/)
  sum.unmask(hub.end)
  const expected = hub.end.survivors
    .map(integersOf)
    .reduce((total, integers) => total.map((value, index) => value + integers[index]!))
  assert.deepEqual([...sum.sums(0, 500)], expected)
  assert.deepEqual([...sum.sums(7, 9)], expected.slice(7, 9))
  assert.equal(expected[1], 9 * inputMax)
})
