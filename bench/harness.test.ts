import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Allocator, Contestant, ContestantError } from './contestant.ts'
import { quantile, racePairs } from './pairs.ts'
import { renderTable, toRow } from './table.ts'

const child = (body: string) => ({
  file: process.execPath,
  args: [
    '-e',
    `console.log('a library says hello')
     console.log(JSON.stringify({ ready: true, name: 'Echo', version: '1' }))
     require('readline').createInterface({ input: process.stdin }).on('line', line => { const request = JSON.parse(line); ${body} })`,
  ],
})

test('a contestant is greeted, answers in turn, and its errors name it', async () => {
  await using echo = await Contestant.start(
    child('console.log(JSON.stringify(request.wrong ? { error: "no" } : { got: request.n }))'),
  )
  assert.deepEqual(echo.greeting, { ready: true, name: 'Echo', version: '1' })
  assert.deepEqual(await echo.ask({ n: 1 }, 60_000), { got: 1 })
  assert.deepEqual(await echo.ask({ n: 2 }, 60_000), { got: 2 })
  await assert.rejects(
    echo.ask({ wrong: true }, 60_000),
    error => error instanceof ContestantError && error.contestant === echo && error.message === 'no',
  )
})

test('a contestant that dies or hangs is an error, not a wait without end', async () => {
  await using dying = await Contestant.start(child('process.exit(1)'))
  await assert.rejects(dying.ask({}, 60_000), ContestantError)
  await using hanging = await Contestant.start(child(''))
  await assert.rejects(hanging.ask({}, 200), ContestantError)
  await assert.rejects(Contestant.start({ file: '/no/such/program', args: [] }), ContestantError)
})

test('only who asks for it gets an allocator that keeps what was freed, whatever is set outside', async () => {
  process.env.MALLOC_ARENA_MAX = '1'
  const names = child('console.log(JSON.stringify({ names: Object.keys(process.env) }))')
  const seen = async (allocator: Allocator) => {
    await using contestant = await Contestant.start(names, allocator)
    const answer = await contestant.ask<{ names: string[] }>({}, 60_000)
    return answer.names.filter(name => name.startsWith('MALLOC_')).sort()
  }
  assert.deepEqual(await seen('default'), [])
  const kept = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'MALLOC_TRIM_THRESHOLD_']
  assert.deepEqual(await seen('keeping'), kept)
  delete process.env.MALLOC_ARENA_MAX
})

test('pairs alternate who goes first, drop the first pair, and take the median of ratios', async () => {
  const order: string[] = []
  const speeds = [100, 2, 4, 6]
  const result = await racePairs(
    async () => {
      order.push('ours')
      return speeds.shift() ?? 0
    },
    async () => {
      order.push('theirs')
      return 2
    },
    { pairs: 3, pairsMin: 1, budgetSeconds: 60 },
  )
  assert.deepEqual(order, ['theirs', 'ours', 'ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs'])
  assert.deepEqual(result, { ours: 4, theirs: 2, ratio: 2, quartiles: [1.5, 2.5], pairs: 3 })
})

test('a spent budget stops the pairs, but not before the least number', async () => {
  const slow = async () => 1
  const { pairs } = await racePairs(slow, slow, { pairs: 9, pairsMin: 2, budgetSeconds: -1 })
  assert.equal(pairs, 2)
})

test('quantiles interpolate', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2)
  assert.equal(quantile([1, 2, 3, 4], 0.25), 1.75)
})

test('the table aligns and the row keeps the fixed fields only', () => {
  const absent = {
    race: 'r',
    case: 'c',
    peer: 'p',
    ours: null,
    theirs: null,
    unit: 'u',
    ratio: null,
    goal: 1,
    met: null,
  }
  const result = { ...absent, pairs: 3, remark: 'not installed: do this' }
  assert.deepEqual(toRow(result), absent)
  assert.match(renderTable([result]), /\[1\]\n\[1\] not installed: do this$/)
})
