import assert from 'node:assert/strict'
import test from 'node:test'
import type { Id } from '@consort/protocol'
import { createUploadLimit } from './upload-limit.ts'

test('a member sends sixteen bodies at a time, whatever they are; others are not held up', async () => {
  const limited = createUploadLimit()
  const arrival = Promise.withResolvers<void>()
  const from = (member: string) => ({ caller: { id: member as Id<'member'> } })
  const chunks = limited(async (_: ReturnType<typeof from>) => await arrival.promise)
  const answers = limited(async (_: ReturnType<typeof from>) => 'taken')
  const sent = Array.from({ length: 16 }, () => chunks(from('mem_a')))
  await assert.rejects(answers(from('mem_a')), { code: 'busy' })
  assert.equal(await answers(from('mem_b')), 'taken')
  arrival.resolve()
  await Promise.all(sent)
  assert.equal(await answers(from('mem_a')), 'taken')
})
