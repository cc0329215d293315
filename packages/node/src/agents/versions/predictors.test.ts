import assert from 'node:assert/strict'
import test from 'node:test'
import type { Predictor } from '@consort/serving'
import { createPredictors } from './predictors.ts'

/** Predictors that note when they are opened and closed; asked after that, they fail. */
function openings() {
  const opened: string[] = []
  const closed: string[] = []
  const predictors = createPredictors(async id => {
    const version = id.slice('ver_'.length)
    opened.push(version)
    if (version === 'missing') throw new Error('not here')
    let isOpen = true
    return {
      score: async () => {
        if (!isOpen) throw new Error('closed')
        return Float32Array.of(opened.length)
      },
      async [Symbol.asyncDispose]() {
        isOpen = false
        closed.push(version)
      },
    } as unknown as Predictor
  })
  const touch = (version: string) => predictors.use(`ver_${version}`, async predictor => predictor)
  return { predictors, opened, closed, touch }
}

test('a version is opened once, however many ask at the same time', async () => {
  const { touch, opened } = openings()
  const all = await Promise.all([touch('a'), touch('a'), touch('b')])
  assert.equal(all[0], all[1])
  assert.equal(await touch('a'), all[0])
  assert.deepEqual(opened, ['a', 'b'])
})

test('what failed to open is opened again', async () => {
  const { touch, opened } = openings()
  await assert.rejects(touch('missing'), /not here/)
  await assert.rejects(touch('missing'), /not here/)
  assert.deepEqual(opened, ['missing', 'missing'])
})

test('only what is still served stays open; in the end nothing does', async () => {
  const { predictors, closed, touch } = openings()
  await Promise.all(['a', 'b', 'c'].map(touch))
  await predictors.keepOnly(new Set(['ver_b'] as const))
  assert.deepEqual(closed.sort(), ['a', 'c'])
  await predictors[Symbol.asyncDispose]()
  assert.deepEqual(closed.sort(), ['a', 'b', 'c'])
})

test('a version that is lent is closed after its work, not before; meanwhile it is opened anew for others', async () => {
  const { predictors, opened, closed, touch } = openings()
  const encoding = Promise.withResolvers<void>()
  const working = predictors.use('ver_a', async predictor => {
    await encoding.promise
    return await predictor.score(new Float32Array(1), 1)
  })
  await touch('a')
  const swapping = predictors.keepOnly(new Set(['ver_b'] as const))
  await new Promise(setImmediate)
  assert.deepEqual(closed, [])
  await touch('a')
  assert.deepEqual(opened, ['a', 'a'])
  encoding.resolve()
  assert.equal((await working).length, 1)
  await swapping
  assert.deepEqual(closed, ['a'])
})
