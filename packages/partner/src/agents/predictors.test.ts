import assert from 'node:assert/strict'
import test from 'node:test'
import type { Predictor } from '@consort/serving'
import { createPredictors } from './predictors.ts'

/** Predictors that note when they are opened and closed, and end when told. */
function openings() {
  const opened: string[] = []
  const closed: string[] = []
  const end = new Map<string, () => void>()
  const predictors = createPredictors(async (version, onEnd) => {
    opened.push(version)
    end.set(version, onEnd)
    if (version === 'missing') throw new Error('not here')
    return { [Symbol.asyncDispose]: async () => void closed.push(version) } as unknown as Predictor
  })
  return { predictors, opened, closed, end }
}

test('a version is opened once, however many ask at the same time', async () => {
  const { predictors, opened } = openings()
  const all = await Promise.all([predictors.of('a'), predictors.of('a'), predictors.of('b')])
  assert.equal(all[0], all[1])
  assert.equal(await predictors.of('a'), all[0])
  assert.deepEqual(opened, ['a', 'b'])
})

test('what failed to open, or ended by itself, is opened again', async () => {
  const { predictors, opened, end } = openings()
  await assert.rejects(predictors.of('missing'))
  await assert.rejects(predictors.of('missing'))
  await predictors.of('a')
  end.get('a')!()
  await predictors.of('a')
  assert.deepEqual(opened, ['missing', 'missing', 'a', 'a'])
})

test('only what is still served stays open; in the end nothing does', async () => {
  const { predictors, closed } = openings()
  await Promise.all(['a', 'b', 'c'].map(version => predictors.of(version)))
  await predictors.keepOnly(new Set(['b']))
  assert.deepEqual(closed.sort(), ['a', 'c'])
  await predictors[Symbol.asyncDispose]()
  assert.deepEqual(closed.sort(), ['a', 'b', 'c'])
})
