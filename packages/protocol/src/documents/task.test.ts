import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair } from '../keys.ts'
import { signDocument, signersOf } from '../signed-document.ts'
import { manifestOf } from '../tensors/manifest.ts'
import { signedTaskSchema, type Task, taskSchema } from './task.ts'

const digest = `sha256:${'a'.repeat(64)}` as const
const task: Task = {
  kind: 'task',
  id: 'tsk_0000000000000000',
  work: 'train',
  run: 'run_0000000000000000',
  round: 1,
  rounds: 10,
  member: 'mem_0000000000000000',
  card: 'crd_0000000000000000',
  roster: digest,
  agreement: null,
  recipe: digest,
  weights: manifestOf(new Uint8Array(8)),
  withinMs: 1000,
}

test('whatever a task is bound to, the hub’s signature covers it', () => {
  const hub = createKeyPair()
  const signed = { document: task, signatures: [signDocument(task, hub)] }
  assert.deepEqual(
    [...signersOf(signedTaskSchema.parse(JSON.parse(JSON.stringify(signed))))],
    [hub.publicKey],
  )
  const other = `sha256:${'b'.repeat(64)}` as const
  const changes: Partial<Task>[] = [
    { id: 'tsk_1000000000000000' },
    { work: 'evaluate' },
    { run: 'run_1000000000000000' },
    { round: 2 },
    { rounds: 9 },
    { member: 'mem_1000000000000000' },
    { card: 'crd_1000000000000000' },
    { roster: other },
    { agreement: other },
    { recipe: other },
    { weights: manifestOf(new Uint8Array(9)) },
    { withinMs: 1001 },
  ]
  for (const change of changes) {
    const document = taskSchema.parse({ ...task, ...change })
    assert.equal(signersOf({ document, signatures: signed.signatures }).size, 0, JSON.stringify(change))
  }
  const free = Object.keys(task).filter(key => key !== 'kind' && !changes.some(change => key in change))
  assert.deepEqual(free, [], 'a field that no case above changes')
})

test('rounds count from 1, time from a millisecond, and nothing else travels along', () => {
  const wrong = [
    { ...task, round: 0 },
    { ...task, withinMs: 0 },
    { ...task, work: 'export' },
    { ...task, code: 'x' },
  ]
  for (const value of wrong) assert.equal(taskSchema.safeParse(value).success, false, JSON.stringify(value))
})
