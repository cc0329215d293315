import assert from 'node:assert/strict'
import test from 'node:test'
import { openNetwork } from './network.ts'
import { dropOut, recipeOf, sent } from './secure-sums.ts'

for (const kind of ['advertisement', 'dealt-shares', 'survivor-signature'] as const) {
  test(`one of four may drop out before its ${kind}`, () => dropOut(kind))
}

test('strict rounds go on with whole groups when somebody does not take part', async () => {
  await using network = await openNetwork()
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  await network.joinWithTables(Object.fromEntries(names.map(name => [name, 60])))
  const recipe = recipeOf({ secureAggregation: true, strict: true }, { rounds: 1, partnersMin: 4 })
  const view = await network.awaitRun(await network.startRun(recipe, names.slice(1)))
  assert.equal(view.phase, 'done', view.reason)
  assert.equal(sent(view, 1).length, 4, 'the group of a stays out with it')
  assert.ok(!sent(view, 1).includes('a'))
})
