import assert from 'node:assert/strict'
import test from 'node:test'
import { play } from './play.ts'

test('two hundred schedules of a whole consortium keep every promise', async () => {
  const { status, output } = await play(['--count', '200'])
  assert.equal(status, 0, output)
  assert.match(output, /^200 schedules, 0 failures/m)
})

test('a seed gives the same events in another process, and another seed gives others', async () => {
  const played = await Promise.all([play(['--seed', '3']), play(['--seed', '3']), play(['--seed', '6'])])
  const [first, again, other] = played.map(({ output }) => output)
  assert.match(first!, /ACTION .*\n[\s\S]*all promises are kept/)
  assert.equal(again, first)
  assert.notEqual(other, first)
})
