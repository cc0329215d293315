import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { openPolicy, trainerFor } from '../../policy/policy.ts'
import { accountOf } from './account.ts'
import { resolveCommand } from './command.ts'
import { trainingMs } from './external-trainer.ts'

test('a policy’s trainer is an argv with limits, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-policy-'))
  const path = join(folder, 'policy.yaml')
  const read = (trainer: string): unknown => {
    writeFileSync(path, `trainer: ${trainer}\n`)
    return openPolicy(path).read().trainer
  }
  const limits = { memoryMaxMb: 2048, cpuSecondsMax: 600 }
  const full = { command: ['python3', 'train.py'], user: 'nobody', ...limits, recipes: ['x'] }
  const refused = [
    '{ command: python3 train.py }',
    '{ command: [] }',
    '{ command: [""] }',
    '{ command: ["a\\0b"] }',
    '{ command: [x], user: -root }',
    '{ command: [x], memoryMaxMb: 0 }',
    '{ command: [x], shell: true }',
    '{}',
  ]
  try {
    assert.deepEqual(read(JSON.stringify(full)), full)
    assert.deepEqual(read('{ command: [./train] }'), { command: ['./train'] })
    for (const text of refused) assert.throws(() => read(text), { code: 'policy-refused' }, text)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a trainer trains the recipes that it names, or all', () => {
  const policy = openPolicy('/no/such/policy').read()
  const command = ['train']
  const covers = (recipes?: string[]): boolean => {
    const trainer = recipes ? { command, recipes } : { command }
    return trainerFor({ ...policy, trainer }, { name: 'heart' }) === trainer
  }
  assert.deepEqual(
    [covers(), covers(['heart', 'lung']), covers(['lung']), covers([])],
    [true, true, false, false],
  )
  assert.equal(trainerFor(policy, { name: 'heart' }), undefined)
})

test('files beside the policy get their full path, everything else stays', () => {
  const exists = (path: string): boolean => path === '/etc/site/train.py' || path === '/etc/site/python3'
  const resolved = (...command: string[]) => resolveCommand(command, '/etc/site', exists)
  assert.deepEqual(resolved('python3', 'train.py', '--fast', 'other.py', '/opt/x'), [
    'python3',
    '/etc/site/train.py',
    '--fast',
    'other.py',
    '/opt/x',
  ])
  assert.deepEqual(resolved('./train', 'train.py'), ['/etc/site/train', '/etc/site/train.py'])
  assert.deepEqual(resolved('/usr/bin/python3', '-u', 'train.py'), [
    '/usr/bin/python3',
    '-u',
    '/etc/site/train.py',
  ])
})

test('a program gets the round’s time less what ending it and the way back take', () => {
  assert.equal(trainingMs(1000), 500)
  assert.equal(trainingMs(10_000), 6500)
  assert.equal(trainingMs(1_800_000), 1_767_500)
})

test('only root starts programs as somebody else, and only as somebody whom the machine knows', async () => {
  const isRefused = (why: RegExp) => (error: unknown) =>
    isRefusal(error, 'policy-refused') && why.test(error.message)
  assert.equal(await accountOf(undefined, 1000), undefined)
  await assert.rejects(accountOf('nobody', 1000), isRefused(/does not run as root/))
  await assert.rejects(accountOf('no-such-user', 0), isRefused(/does not know/))
  assert.deepEqual(await accountOf('root', 0), { uid: 0, gid: 0 })
})
